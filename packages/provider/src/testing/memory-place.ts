import type { DesiredPod, PortAddress } from "../runtime/index.ts";
import type { MemoryContainer } from "./memory-container.ts";
import { MemoryVolumes } from "./memory-volumes.ts";

/** A pod of a {@link MemoryPlace}. */
export interface MemoryPod {
  readonly desired: DesiredPod;
  readonly host: string;
  hasNetwork: boolean;
  readonly containers: Map<string, MemoryContainer>;
}

/** Where pods of memory runtimes are, so that several runtimes see the same, as processes one after the other do. */
export class MemoryPlace {
  readonly pods = new Map<string, MemoryPod>();
  readonly volumes = new MemoryVolumes();
  /** Are told the id of a pod that changed. */
  readonly watchers = new Set<(podId: string) => void>();
  #hosts = 1;

  /** An address for a new pod. */
  nextHost(): string {
    this.#hosts += 1;
    return `10.0.0.${this.#hosts}`;
  }

  changed(podId: string): void {
    for (const tell of this.watchers) tell(podId);
  }

  /** Ends the programs of a pod and forgets its containers. */
  drop(podId: string): void {
    const pod = this.pods.get(podId);
    this.pods.delete(podId);
    for (const container of pod?.containers.values() ?? []) container.end(137);
  }

  /** What the pod at an address answers. */
  get({ host, port }: PortAddress): string | undefined {
    const pod = [...this.pods.values()].find((each) => each.host === host && each.hasNetwork);
    return [...(pod?.containers.values() ?? [])].map(({ serves }) => serves.get(port)).find(Boolean);
  }

  /** `kind name` of everything that is there. */
  objects(): readonly string[] {
    const containers = [...this.pods.values()].flatMap(({ desired, containers: all }) =>
      [...all.keys()].map((name) => `container ${desired.podId} ${desired.generation} ${name}`),
    );
    const volumes = this.volumes.pods.flatMap((pod) =>
      this.volumes.of(pod).map((volume) => `volume ${pod} ${volume}`),
    );
    return [...containers, ...volumes].toSorted();
  }
}
