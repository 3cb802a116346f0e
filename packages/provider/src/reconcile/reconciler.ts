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

/** What a round goes by. */
interface Look {
  readonly survey: Freshness;
  /** Pods for which no step runs, and which this round may take a step for. */
  readonly idle: readonly PodRecord[];
  readonly listed: ReadonlyMap<string, ObservedPod>;
}

/**
 * Makes what runs agree with what is meant to run. Level-triggered: each round looks at the intent in the state, at
 * what the runtime really has (one list), and at the chain, and takes the next step for every pod; nothing depends on
 * having seen an event. So a restart of the provider at any point only means one more round: running pods are adopted.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #book: PodBook;
  readonly #steps: PodSteps;
  readonly #pace = new Pace();
  readonly #busy = new Map<string, Promise<void>>();
  /** The round that looks around, and the one that begins after it. */
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
   * One round; what fails is in the log, and the next round starts from what is there. Steps that still run from an earlier round are left alone; the promise is that of all steps that run. A
   * round that is asked for while another one looks around begins after that one, once however often it is asked for.
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

  /** Rounds by interval, whenever nudged, and when a container has ended, until the signal. */
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

  /** Starts the next round now, and once more when a step that runs has ended. */
  nudge(): void {
    this.#nudged = this.#busy.size > 0;
    this.#pace.hurry();
  }

  /** Removes what is this provider's and belongs to no pod: after a crash, at start. */
  async gc(): Promise<void> {
    const { state, runtime, log } = this.#options;
    const live = await state.pods.live();
    const known = new Set<string>(live.map(({ id }) => id));
    const removed = await runtime.gc(known);
    if (removed.length > 0) log.info(`removed ${removed.length} strays: ${removed.join(", ")}`);
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

  /** Looks around, and begins the next step of each pod for which none runs. */
  async #begin(): Promise<void> {
    const { log } = this.#options;
    const look = await this.#look().catch((error: unknown) => log.warn(`no round: ${describeError(error)}`));
    // Asked after the last wait: once stopped no step begins, since the state is about to be closed.
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
   * Asks chain, state and runtime, in this order: what a step does after it was asked for here is not in the list, so
   * pods whose step runs when it is begun are left to the next round, even if that step has ended since.
   */
  async #look(): Promise<Look> {
    const { sources, policy, clock, watch, state } = this.#options;
    const now = unixSeconds(clock);
    const survey = await surveyChain(sources, watchPolicy(policy), now);
    await watch.note(survey, now);
    const live = await state.pods.live();
    const idle = live.filter(({ id }) => !this.#busy.has(id));
    const listed = await this.#list();
    await this.#book.note(idle, listed);
    return { survey, idle, listed };
  }

  async #list(): Promise<ReadonlyMap<string, ObservedPod>> {
    const pods = await this.#options.runtime.list();
    return new Map(pods.map((pod) => [pod.podId, pod]));
  }

  /** Hurries the next round when the runtime tells of a change that no step of ours makes. */
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
          log.warn(`no events of the runtime, pods are looked at by interval: ${describeError(error)}`);
        told = true;
      }
      await Pace.pause(watchAgainMilliseconds, signal);
    }
  }
}

/** Between tries to hear events of a runtime that does not tell them. */
const watchAgainMilliseconds = 5_000;
