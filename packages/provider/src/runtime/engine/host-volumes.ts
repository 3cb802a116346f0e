import { chmod, chown, mkdir, readdir, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DesiredPod, PodVolume } from "../index.ts";
import { secretReader, type SecretReader } from "./secret-reader.ts";

/**
 * Volumes of pods as folders of this machine. `persistent` ones lie below the data folder and live as long as the pod;
 * `empty` and `secret` ones belong to one generation. Secrets lie in memory (tmpfs) where the machine has it.
 */
export class HostVolumes {
  readonly #dataDir: string;
  readonly #secretsDir: string;

  private constructor(dataDir: string, secretsDir: string) {
    this.#dataDir = dataDir;
    this.#secretsDir = secretsDir;
  }

  /** `instance` separates providers on one machine; `memory` is the folder of a tmpfs, if there is one. */
  static async open(dataDir: string, instance: string, memory = "/dev/shm"): Promise<HostVolumes> {
    const tmpfs = await stat(memory).then(
      (entry) => entry.isDirectory(),
      () => false,
    );
    const secretsDir = tmpfs ? join(memory, `apoc-${instance}`) : join(dataDir, "secrets");
    const volumes = new HostVolumes(dataDir, secretsDir);
    for (const kind of ["persistent", "empty"] as const) await makeClosed(volumes.#root(kind));
    return volumes;
  }

  /**
   * Creates the volumes of a generation and returns the host path of each by name. The folders above are closed to other
   * users of the machine; within a pod every user may write to `empty` and `persistent` volumes, as in Kubernetes.
   */
  async prepare(pod: DesiredPod): Promise<ReadonlyMap<string, string>> {
    const paths = new Map<string, string>();
    for (const volume of pod.volumes) {
      const path = this.#path(pod, volume);
      paths.set(volume.name, path);
      if (volume.kind !== "secret") {
        await mkdir(path, { recursive: true });
        await chmod(path, 0o777);
        continue;
      }
      await makeClosed(this.#secretsDir);
      await rm(path, { recursive: true, force: true });
      await mkdir(path, { recursive: true, mode: 0o700 });
      const reader = secretReader(pod, volume.name);
      for (const file of volume.files) {
        await writeFile(join(path, file.path), file.content, { mode: 0o400, flag: "wx" });
        await hand(join(path, file.path), reader, 0o444);
      }
      await hand(path, reader, 0o555);
    }
    return paths;
  }

  /** Removes what belongs to other generations of a pod than `keep`. */
  async sweep(pod: string, keep: number): Promise<void> {
    for (const kind of ["empty", "secret"] as const) {
      const folder = join(this.#root(kind), pod);
      for (const entry of await entries(folder)) {
        if (entry !== String(keep)) await rm(join(folder, entry), { recursive: true, force: true });
      }
    }
  }

  /** Removes the secrets of a pod that does not run for now; its other volumes stay. */
  async dropSecrets(pod: string): Promise<void> {
    await rm(join(this.#secretsDir, pod), { recursive: true, force: true });
    await this.#leaveMemory();
  }

  /** Removes all volumes of a pod. */
  async remove(pod: string): Promise<void> {
    for (const root of this.#roots()) await rm(join(root, pod), { recursive: true, force: true });
    await this.#leaveMemory();
  }

  /** Removes what belongs to no known pod, and returns the ids of those pods. */
  async gc(known: ReadonlySet<string>): Promise<readonly string[]> {
    const lost = new Set<string>();
    for (const root of this.#roots()) {
      for (const pod of await entries(root)) if (!known.has(pod)) lost.add(pod);
    }
    for (const pod of lost) await this.remove(pod);
    await this.#leaveMemory();
    return [...lost];
  }

  /** Removes the folder outside of the data folder once no pod needs it. */
  async #leaveMemory(): Promise<void> {
    await rmdir(this.#secretsDir).catch(() => {});
  }

  #path({ podId, generation }: DesiredPod, { kind, name }: PodVolume): string {
    const root = join(this.#root(kind), podId);
    return kind === "persistent" ? join(root, name) : join(root, String(generation), name);
  }

  #root(kind: PodVolume["kind"]): string {
    switch (kind) {
      case "persistent":
        return join(this.#dataDir, "volumes");
      case "empty":
        return join(this.#dataDir, "run");
      case "secret":
        return this.#secretsDir;
    }
  }

  #roots(): readonly string[] {
    return (["persistent", "empty", "secret"] as const).map((kind) => this.#root(kind));
  }
}

/** A folder that only this user may enter. */
async function makeClosed(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

async function entries(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

/** Gives a file to its reader; if that is impossible or unknown, makes it readable within the closed folder above. */
async function hand(path: string, reader: SecretReader | undefined, open: number): Promise<void> {
  const own = process.getuid?.();
  if (reader?.uid === 0 || (reader !== undefined && reader.uid === own)) return;
  if (reader !== undefined && own === 0) await chown(path, reader.uid, reader.gid);
  else await chmod(path, open);
}
