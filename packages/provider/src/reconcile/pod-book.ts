import type { PodState } from "@apoc/core";
import type { Clock } from "../clock.ts";
import type { Meter } from "../metering/index.ts";
import type { ObservedPod, PodRuntime } from "../runtime/index.ts";
import type { PodRecord, State } from "../state/index.ts";
import { readingsOf } from "./meter-reading.ts";
import { reasonOf } from "./pod-faults.ts";

export interface PodBookOptions {
  readonly state: Pick<State, "pods">;
  readonly runtime: Pick<PodRuntime, "observe">;
  readonly meter: Meter;
  readonly clock: Clock;
}

/** Records what is observed of pods: the last observation, metered usage, and the state that publishers see. */
export class PodBook {
  readonly #options: PodBookOptions;
  readonly #observed = new Map<string, ObservedPod>();
  /** The last state that was stored of each pod, with its generation and reason. */
  readonly #stored = new Map<string, string>();

  constructor(options: PodBookOptions) {
    this.#options = options;
  }

  /** What was last seen of a pod. */
  observed(id: string): ObservedPod | undefined {
    return this.#observed.get(id);
  }

  /** Records what a list shows of these pods, and meters them in one step. */
  async note(pods: readonly PodRecord[], listed: ReadonlyMap<string, ObservedPod>): Promise<void> {
    for (const { id } of pods) this.#see(id, listed.get(id));
    await this.#options.meter.read(pods.flatMap((pod) => readingsOf(pod, listed.get(pod.id))));
  }

  /** Observes a single pod, so that metering starts or ends with what was just done to it. */
  async look(pod: PodRecord): Promise<void> {
    const observed = await this.#options.runtime.observe(pod.id);
    this.#see(pod.id, observed);
    await this.#options.meter.read(readingsOf(pod, observed));
  }

  /** Nothing of the pod runs any more. */
  async gone(pod: PodRecord): Promise<void> {
    this.#see(pod.id, undefined);
    await this.#options.meter.read(readingsOf(pod, undefined));
  }

  /** Stores the state of a pod if it has changed. */
  async setState(pod: PodRecord, state: PodState, reason?: unknown): Promise<void> {
    const { id, generation } = pod;
    const document = reason === undefined ? undefined : reasonOf(reason);
    const told = JSON.stringify([generation, state, document]);
    if (this.#stored.get(id) === told) return;
    await this.#options.state.pods.setState(id, generation, state, this.#options.clock.wall(), document);
    this.#stored.set(id, told);
  }

  /** The pod is removed. */
  forget(id: string): void {
    this.#observed.delete(id);
    this.#stored.delete(id);
  }

  #see(id: string, observed: ObservedPod | undefined): void {
    if (observed === undefined) this.#observed.delete(id);
    else this.#observed.set(id, observed);
  }
}
