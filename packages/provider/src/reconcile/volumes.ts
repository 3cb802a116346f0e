import { chmod, chown, mkdir, readdir, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PodManifest, PodSecrets } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";

/** User that a container runs as, where the image names it by number. */
export interface MountOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Directories that pods mount. `persistent` volumes lie below the data folder and live as long as the pod; `empty` and
 * `secret` ones belong to one generation. Secrets lie in memory (tmpfs) where the machine has it.
 */
export class PodVolumes {
  readonly #dataDir: string;
  readonly #secretsDir: string;

  private constructor(dataDir: string, secretsDir: string) {
    this.#dataDir = dataDir;
    this.#secretsDir = secretsDir;
  }

  /** `instance` keeps providers of one machine apart. */
  static async open(dataDir: string, instance: string, memory = "/dev/shm"): Promise<PodVolumes> {
    const tmpfs = await stat(memory).then(
      (entry) => entry.isDirectory(),
      () => false,
    );
    const secretsDir = tmpfs ? join(memory, `apoc-${instance}`) : join(dataDir, "secrets");
    const volumes = new PodVolumes(dataDir, secretsDir);
    for (const folder of [secretsDir, volumes.#persistent, volumes.#scratch]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
    }
    return volumes;
  }

  /**
   * Makes the volumes of a generation and gives the host path of each. The folders above are closed to other users of
   * the machine; within a pod every user may write to `empty` and `persistent` volumes, as in Kubernetes.
   * @param owner who must be able to read a secret volume; `undefined` where the image names a user we cannot resolve
   * @throws SECRETS_MISSING
   */
  async prepare(
    pod: string,
    generation: number,
    manifest: PodManifest,
    secrets: PodSecrets,
    owner: (volume: string) => MountOwner | undefined,
  ): Promise<ReadonlyMap<string, string>> {
    const paths = new Map<string, string>();
    for (const volume of manifest.volumes) {
      const path = this.#path(pod, generation, volume);
      paths.set(volume.name, path);
      if (volume.kind !== "secret") {
        await mkdir(path, { recursive: true });
        await chmod(path, 0o777);
        continue;
      }
      await rm(path, { recursive: true, force: true });
      await mkdir(path, { recursive: true, mode: 0o700 });
      const reader = owner(volume.name);
      for (const file of volume.files) {
        const content = secrets.get(file.secret);
        if (content === undefined)
          throw new ApocError(providerErrors.SECRETS_MISSING, { field: file.secret });
        await writeFile(join(path, file.path), content, { mode: 0o400, flag: "wx" });
        await hand(join(path, file.path), reader, 0o444);
      }
      await hand(path, reader, 0o555);
    }
    return paths;
  }

  /** Forgets the secrets of a pod, and what belongs to other generations than `keep`. */
  async sweep(pod: string, keep?: number): Promise<void> {
    for (const folder of [join(this.#scratch, pod), join(this.#secretsDir, pod)]) {
      for (const entry of await readdir(folder).catch(() => [])) {
        if (entry !== String(keep)) await rm(join(folder, entry), { recursive: true, force: true });
      }
    }
  }

  /** Forgets the secrets of a pod that does not run for now; its other volumes stay. */
  async dropSecrets(pod: string): Promise<void> {
    await rm(join(this.#secretsDir, pod), { recursive: true, force: true });
  }

  /** Removes all volumes of a pod. */
  async remove(pod: string): Promise<void> {
    for (const folder of [this.#persistent, this.#scratch, this.#secretsDir]) {
      await rm(join(folder, pod), { recursive: true, force: true });
    }
  }

  /** Removes what belongs to no known pod. */
  async gc(known: ReadonlySet<string>): Promise<void> {
    for (const folder of [this.#persistent, this.#scratch, this.#secretsDir]) {
      for (const pod of await readdir(folder)) {
        if (!known.has(pod)) await rm(join(folder, pod), { recursive: true, force: true });
      }
    }
  }

  /** Leaves no folder outside of the data folder behind, where no pod needs it. */
  async close(): Promise<void> {
    await rmdir(this.#secretsDir).catch(() => {});
  }

  #path(pod: string, generation: number, volume: PodManifest["volumes"][number]): string {
    switch (volume.kind) {
      case "persistent":
        return join(this.#persistent, pod, volume.name);
      case "empty":
        return join(this.#scratch, pod, String(generation), volume.name);
      case "secret":
        return join(this.#secretsDir, pod, String(generation), volume.name);
    }
  }

  get #persistent(): string {
    return join(this.#dataDir, "volumes");
  }

  get #scratch(): string {
    return join(this.#dataDir, "run");
  }
}

/** Gives a file to its reader; where that is not possible or not known, opens it within the closed folder above. */
async function hand(path: string, reader: MountOwner | undefined, open: number): Promise<void> {
  const own = process.getuid?.();
  if (reader?.uid === 0 || (reader !== undefined && reader.uid === own)) return;
  if (reader !== undefined && own === 0) await chown(path, reader.uid, reader.gid);
  else await chmod(path, open);
}
