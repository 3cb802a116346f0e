import { type ChainSource, type Freshness, type OperatingPolicy, surveyChain } from "@apoc/core";
import { unixSeconds } from "../clock.ts";
import { describeError } from "../log.ts";
import type { ObservedPod } from "../runtime/index.ts";
import type { PodRecord } from "../state/index.ts";
import { watchPolicy } from "./channel-watch.ts";
import { Pace } from "./pace.ts";
import { PodBook } from "./pod-book.ts";
import { PodSteps, type PodStepsOptions } from "./pod-steps.ts";

export interface ReconcilerOptions extends PodStepsOptions {
  readonly sources: readonly ChainSource[];
  readonly policy: OperatingPolicy;
}

/** What a round is based on. */
interface Look {
  readonly survey: Freshness;
  /** Pods without a running step, for which this round takes one. */
  readonly idle: readonly PodRecord[];
  readonly listed: ReadonlyMap<string, ObservedPod>;
}

/**
 * Reconciles what runs with what should run. Level-triggered: each round reads the intent from the state, the pods from
 * the runtime (one list), and the chain, and takes the next step for every pod; nothing depends on having seen an event.
 * After a restart of the provider at any point, the next round adopts running pods.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #book: PodBook;
  readonly #steps: PodSteps;
  readonly #pace = new Pace();
  readonly #busy = new Map<string, Promise<void>>();
  /** The round that is observing, and the one that starts after it. */
  #looking: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #nudged = false;
  #stopped = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#book = new PodBook(options);
    this.#steps = new PodSteps(options, this.#book);
  }

  /**
   * One round. Failures are logged, and the next round tries again. Steps of earlier rounds that still run are not
   * repeated. Resolves when all steps have ended. A round that is requested while another one is observing starts after
   * it, once for any number of requests.
   */
  async round(): Promise<void> {
    if (this.#looking === undefined) {
      this.#looking = this.#begin().finally(() => (this.#looking = undefined));
      await this.#looking;
    } else {
      this.#next ??= this.#looking.then(() => {
        this.#next = undefined;
        return this.round();
      });
      await this.#next;
    }
    await Promise.all(this.#busy.values());
  }

  /** Runs rounds by interval, when nudged, and when a container has ended, until the signal. */
  async run(intervalMilliseconds: number, signal: AbortSignal): Promise<void> {
    const watching = this.#watch(signal);
    while (!signal.aborted) {
      // Not awaited: a long pull for one pod must not keep others waiting.
      void this.round();
      await this.#pace.wait(intervalMilliseconds, signal);
    }
    this.#stopped = true;
    await watching;
    await Promise.allSettled([this.#looking, ...this.#busy.values()]);
  }

  /** Starts the next round now, and another one whenever a running step ends. */
  nudge(): void {
    this.#nudged = this.#busy.size > 0;
    this.#pace.hurry();
  }

  /** Removes what a crash left: what belongs to this provider, but to no pod. To be called at start. */
  async gc(): Promise<void> {
    const { state, runtime, log } = this.#options;
    const live = await state.pods.live();
    const known = new Set<string>(live.map(({ id }) => id));
    const removed = await runtime.gc(known);
    if (removed.length > 0) log.info(`removed ${removed.length} unknown pods: ${removed.join(", ")}`);
  }

  /** What was last seen of a pod. */
  observed(id: string): ObservedPod | undefined {
    return this.#book.observed(id);
  }

  /** Takes a last reading of every pod that runs. */
  async finalReading(): Promise<void> {
    const { state } = this.#options;
    const listed = await this.#list().catch(() => new Map<string, ObservedPod>());
    await this.#book.note(await state.pods.live(), listed);
  }

  /** Observes, then starts the next step of each pod that has no running step. */
  async #begin(): Promise<void> {
    const { log } = this.#options;
    const look = await this.#look().catch((error: unknown) => log.warn(`no round: ${describeError(error)}`));
    // Checked after the last wait: no step starts once stopped, since the state is about to be closed.
    if (this.#stopped || look === undefined) return;
    for (const pod of look.idle) {
      const step = this.#steps
        .step(pod, look.listed.get(pod.id), look.survey)
        .catch((error: unknown) => log.warn(`pod ${pod.id}: ${describeError(error)}`))
        .finally(() => {
          this.#busy.delete(pod.id);
          if (this.#nudged) this.nudge();
        });
      this.#busy.set(pod.id, step);
    }
  }

  /**
   * Observes chain, state and runtime, in this order. The list may be older than what a running step has done, so pods
   * that have one when the list is requested are left to the next round, even if that step has ended since. Nothing is
   * read once stopped.
   */
  async #look(): Promise<Look | undefined> {
    const { sources, policy, clock, watch, state } = this.#options;
    const now = unixSeconds(clock);
    const survey = await surveyChain(sources, watchPolicy(policy), now);
    await watch.note(survey, now);
    const live = await state.pods.live();
    const idle = live.filter(({ id }) => !this.#busy.has(id));
    const listed = await this.#list();
    // Checked after the last wait: once stopped, the state is about to be closed, or is somebody else's.
    if (this.#stopped) return undefined;
    await this.#book.note(idle, listed);
    return { survey, idle, listed };
  }

  async #list(): Promise<ReadonlyMap<string, ObservedPod>> {
    const pods = await this.#options.runtime.list();
    return new Map(pods.map((pod) => [pod.podId, pod]));
  }

  /** Starts a round early when the runtime reports a change that no running step makes. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { runtime, log } = this.#options;
    let told = false;
    while (!signal.aborted) {
      try {
        for await (const podId of runtime.watch(signal)) {
          told = false;
          if (!this.#busy.has(podId)) this.#pace.hurrySoon();
        }
      } catch (error) {
        if (!told)
          log.warn(`no events from the runtime, pods are checked by interval: ${describeError(error)}`);
        told = true;
      }
      await Pace.pause(watchAgainMilliseconds, signal);
    }
  }
}

/** Delay before events are requested again. */
const watchAgainMilliseconds = 5_000;
