import { isApocError } from "@apoc/errors";
import { BackOff } from "../back-off.ts";
import type { Clock } from "../clock.ts";
import { describeError, type Log } from "../log.ts";
import type { ObservedPod, PodRuntime } from "../runtime/index.ts";
import type { PodRecord, State } from "../state/index.ts";
import type { PodBook } from "./pod-book.ts";
import { stateAfter } from "./pod-faults.ts";
import type { PodStarter } from "./pod-starter.ts";

/** Pods that are started concurrently. */
const parallelStarts = 2;
/** A container that has run for this long is no crash loop: its next restart comes at once. Milliseconds. */
const settledAfter = 60_000;

export interface PodStartsOptions {
  readonly state: Pick<State, "pods">;
  readonly runtime: PodRuntime;
  readonly starter: PodStarter;
  readonly clock: Clock;
  readonly log: Log;
}

/** Starts pods and restarts their containers, after all checks, with growing delays after failures. */
export class PodStarts {
  readonly #options: PodStartsOptions;
  readonly #book: PodBook;
  readonly #backOff = new BackOff();
  #starts = 0;

  constructor(options: PodStartsOptions, book: PodBook) {
    this.#options = options;
    this.#book = book;
  }

  /** Starts a pod, or its next generation, unless it has to wait. */
  async start(pod: PodRecord, before: ObservedPod | undefined): Promise<void> {
    const { clock, starter, runtime, state, log } = this.#options;
    const key = `${pod.id}#${pod.generation}`;
    if (this.#starts >= parallelStarts || !this.#backOff.ready(key, clock.monotonic())) return;
    this.#starts += 1;
    try {
      if (pod.state !== "suspended" && pod.state !== "failed") await this.#book.setState(pod, "preparing");
      const desired = await starter.desiredPod(pod, await starter.readmit(pod));
      const meanwhile = await state.pods.get(pod.id);
      if (meanwhile?.generation !== pod.generation || meanwhile.state === "draining") return;
      if (before === undefined) await this.#book.gone(pod);
      else await this.#book.look(pod);
      await runtime.apply(desired);
      log.info(`pod ${pod.id} generation ${pod.generation} runs`);
      await this.#book.setState(pod, "running");
      await this.#book.look(pod);
    } catch (error) {
      this.#backOff.failed(key, clock.monotonic());
      log.warn(`pod ${pod.id} not started: ${describeError(error)}`);
      await this.#book.setState(pod, stateAfter(error), error);
    } finally {
      this.#starts -= 1;
    }
  }

  /** Restarts those of the ended containers that are due. */
  async restart(pod: PodRecord, observed: ObservedPod, ended: readonly { name: string }[]): Promise<void> {
    const { clock, starter, runtime, log } = this.#options;
    await this.#book.setState(pod, observed.containers.length > ended.length ? "degraded" : "preparing");
    const due = ended.filter(({ name }) => this.#backOff.ready(`${pod.id}/${name}`, clock.monotonic()));
    if (due.length === 0) return;
    for (const { name } of due) this.#backOff.failed(`${pod.id}/${name}`, clock.monotonic());
    try {
      await starter.readmit(pod);
    } catch (error) {
      log.warn(`pod ${pod.id} may not be restarted: ${describeError(error)}`);
      const state = stateAfter(error);
      if (state !== "preparing") await this.takeDown(pod);
      await this.#book.setState(pod, state, error);
      return;
    }
    try {
      for (const { name } of due) {
        log.info(`pod ${pod.id}: restart ${name}`);
        await runtime.restart(pod.id, name);
      }
    } catch (error) {
      // A container cannot start again if, for example, its secrets were in memory and the machine was rebooted: the next
      // round recreates the pod. If the engine does not answer, nothing is lost.
      if (isApocError(error) && error.descriptor.kind === "network") throw error;
      log.warn(`pod ${pod.id} is recreated: ${describeError(error)}`);
      return this.takeDown(pod);
    }
    await this.#book.look(pod);
  }

  /** Removes containers and opened secrets; the other volumes stay. */
  async takeDown(pod: PodRecord): Promise<void> {
    await this.#options.runtime.takeDown(pod.id);
    await this.#book.gone(pod);
  }

  /** Resets the delays of a pod that has run for a while. */
  healthy(pod: PodRecord, observed: ObservedPod): void {
    const now = this.#options.clock.wall();
    const settled = observed.containers.every(
      ({ startedAt }) => startedAt !== undefined && now - Date.parse(startedAt) >= settledAfter,
    );
    if (settled) this.#backOff.reset(pod.id);
  }

  /** The pod is removed. */
  forget(id: string): void {
    this.#backOff.reset(id);
  }
}
