import type { DesiredContainer, DesiredPod, PodVolume } from "../runtime/index.ts";
import type { MemoryFiles } from "./memory-container.ts";

type Files = Map<string, string>;

/** Volumes of pods as maps of paths and texts, with the lifetimes of each kind. */
export class MemoryVolumes {
  /** By pod, then by kind, name and, where it matters, generation. */
  readonly #pods = new Map<string, Map<string, Files>>();

  get pods(): readonly string[] {
    return [...this.#pods.keys()];
  }

  /** What is there of a pod, one word a volume. */
  of(podId: string): readonly string[] {
    return [...(this.#pods.get(podId)?.keys() ?? [])];
  }

  /** Makes the volumes of a generation; those that are there stay. */
  prepare(pod: DesiredPod): void {
    if (pod.volumes.length === 0) return;
    const volumes = this.#pods.get(pod.podId) ?? new Map<string, Files>();
    this.#pods.set(pod.podId, volumes);
    for (const volume of pod.volumes) {
      const key = keyOf(pod, volume);
      const content = volume.kind === "secret" ? secretFiles(volume) : (volumes.get(key) ?? new Map());
      volumes.set(key, content);
    }
  }

  /** Removes what belongs to other generations than this one. */
  sweep({ podId, generation }: DesiredPod): void {
    this.#drop(podId, (key) => !key.startsWith("persistent ") && !key.endsWith(` ${generation}`));
  }

  dropSecrets(podId: string): void {
    this.#drop(podId, (key) => key.startsWith("secret "));
  }

  remove(podId: string): void {
    this.#pods.delete(podId);
  }

  /** The files of a container: its own, and those of the volumes that it mounts. */
  filesOf(pod: DesiredPod, { mounts }: DesiredContainer): MemoryFiles {
    const own: Files = new Map();
    const place = (path: string) => {
      const mount = mounts.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
      if (mount === undefined) return { files: own, readOnly: false };
      const volume = pod.volumes.find(({ name }) => name === mount.volume)!;
      const files = this.#pods.get(pod.podId)?.get(keyOf(pod, volume));
      return { files, readOnly: mount.readOnly || volume.kind === "secret" };
    };
    const name = (path: string) => path.split("/").at(-1)!;
    return {
      read: (path) => place(path).files?.get(name(path)),
      append: (path, text) => {
        const { files, readOnly } = place(path);
        if (readOnly || files === undefined) return false;
        files.set(name(path), `${files.get(name(path)) ?? ""}${text}`);
        return true;
      },
    };
  }

  #drop(podId: string, isGone: (key: string) => boolean): void {
    const volumes = this.#pods.get(podId);
    for (const key of volumes?.keys() ?? []) if (isGone(key)) volumes?.delete(key);
    if (volumes?.size === 0) this.#pods.delete(podId);
  }
}

function keyOf({ generation }: DesiredPod, { kind, name }: PodVolume): string {
  return kind === "persistent" ? `${kind} ${name}` : `${kind} ${name} ${generation}`;
}

function secretFiles({ files }: Extract<PodVolume, { kind: "secret" }>): Files {
  return new Map(files.map(({ path, content }) => [path, new TextDecoder().decode(content)]));
}
