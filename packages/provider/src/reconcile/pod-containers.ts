import { parsePodRequest } from "@apoc/core";
import type { ObservedPod } from "../runtime/index.ts";
import type { PodRecord } from "../state/index.ts";

/** The containers that each pod should have; a request is parsed once for each generation. */
export class PodContainers {
  readonly #names = new Map<string, { readonly generation: number; readonly names: readonly string[] }>();

  /** Whether all containers of this generation exist: creation may have been interrupted. */
  areAllIn(observed: ObservedPod | undefined, pod: PodRecord): observed is ObservedPod {
    if (observed?.generation !== pod.generation) return false;
    const there = new Set(observed.containers.map(({ name }) => name));
    return this.#of(pod).every((name) => there.has(name));
  }

  forget(id: string): void {
    this.#names.delete(id);
  }

  #of({ id, generation, request }: PodRecord): readonly string[] {
    const known = this.#names.get(id);
    if (known?.generation === generation) return known.names;
    const names = parsePodRequest(request).manifest.containers.map(({ name }) => name);
    this.#names.set(id, { generation, names });
    return names;
  }
}
