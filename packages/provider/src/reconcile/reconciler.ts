import { type ChainSource, type Freshness, type OperatingPolicy, surveyChain } from "@apoc/core";
import { type ApocError, isApocError } from "@apoc/errors";
import { type Clock, unixSeconds } from "../clock.ts";
import { describeError, type Log } from "../log.ts";
import type { Meter } from "../metering/index.ts";
import type { ObservedPod, PodRuntime } from "../runtime/index.ts";
import type { PodRecord, State } from "../state/index.ts";
import { BackOff } from "../back-off.ts";
import { type ChannelWatch, watchPolicy } from "./channel-watch.ts";
import { isWhole } from "./desired-pod.ts";
import { readingOf } from "./meter-reading.ts";
import { isFundsReason, reasonOf, stateAfter } from "./pod-faults.ts";
import type { PodStarter } from "./pod-starter.ts";

/** Pods that are made at the same time. */
const parallelStarts = 2;
/** A container that has run for this long is no crash loop: its next restart comes at once. Milliseconds. */
const settledAfter = 60_000;

export interface ReconcilerOptions {
  readonly state: Pick<State, "pods" | "usage">;
  readonly runtime: PodRuntime;
  readonly starter: PodStarter;
  readonly watch: ChannelWatch;
  readonly sources: readonly ChainSource[];
  readonly policy: OperatingPolicy;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once a pod's containers are gone for good and its usage is final. */
  readonly onRemoved?: (pod: PodRecord) => void;
  /**
   * Called in each round in which the confirmed chain shows that a pod's channel is unlocking, over, or without funds:
   * what is not claimed by now is lost to a refund, or to what other payees go on to earn.
   */
  readonly onChannelEnding?: (pod: PodRecord) => void;
}

/**
 * Makes what runs agree with what is meant to run. Level-triggered: each round looks at the intent in the state, at
 * what the runtime really has, and at the chain, and takes the next step for every pod; nothing depends on having seen
 * an event. So a restart of the provider at any point only means one more round: running pods are adopted.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #backOff = new BackOff();
  readonly #busy = new Map<string, Promise<void>>();
  readonly #observed = new Map<string, ObservedPod>();
  #starts = 0;
  #wake: (() => void) | undefined;
  #nudged = false;
  #stopped = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** One round. Steps that still run from an earlier round are left alone; the promise is that of this round's. */
  async round(): Promise<void> {
    const { sources, policy, clock, watch, state, log } = this.#options;
    const now = unixSeconds(clock);
    const survey = await surveyChain(sources, watchPolicy(policy), now);
    watch.note(survey, now);
    const live = await state.pods.live();
    // Asked after the last wait: once stopped no step begins, since the state is about to be closed.
    if (this.#stopped) return;
    await Promise.all(
      live.map((pod) => {
        const running = this.#busy.get(pod.id);
        if (running !== undefined) return running;
        const step = this.#step(pod.id, survey)
          .catch((error: unknown) => log.warn(`pod ${pod.id}: ${describeError(error)}`))
          .finally(() => {
            this.#busy.delete(pod.id);
            if (this.#nudged) this.nudge();
          });
        this.#busy.set(pod.id, step);
        return step;
      }),
    );
  }

  /** Rounds by interval and whenever nudged, until the signal. */
  async run(intervalMilliseconds: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Not awaited: a long pull for one pod must not keep others waiting.
      void this.round().catch((error: unknown) => this.#options.log.warn(describeError(error)));
      await this.#pause(intervalMilliseconds, signal);
    }
    this.#stopped = true;
    await Promise.allSettled(this.#busy.values());
  }

  /** Starts the next round now, and once more when a step that runs has ended. */
  nudge(): void {
    this.#nudged = this.#busy.size > 0;
    this.#wake?.();
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
    return this.#observed.get(id);
  }

  /** Takes a last reading of every pod that runs. */
  async finalReading(): Promise<void> {
    const { state, runtime } = this.#options;
    for (const pod of await state.pods.live()) {
      const observed = await runtime.observe(pod.id).catch(() => undefined);
      await this.#read(pod, observed);
    }
  }

  async #step(id: string, survey: Freshness): Promise<void> {
    const { state, runtime, watch, clock, meter } = this.#options;
    const pod = await state.pods.get(id);
    if (pod === undefined || pod.state === "removed") return;
    const observed = await runtime.observe(id);
    this.#note(id, observed);
    await this.#read(pod, observed);
    if (pod.state === "draining") return this.#drain(pod);
    const watched = { id: pod.id, channel: pod.channel, metered: await state.usage.total(id) };
    const verdict = await watch.judge(watched, survey, unixSeconds(clock));
    if (verdict.kind === "over") return this.#end(pod, verdict.reason);
    if (verdict.kind === "bad") return this.#suspend(pod, observed, verdict.reason);
    const current = isWhole(observed, pod) ? observed : undefined;
    if (current !== undefined && current.containers.every(({ phase }) => phase === "running")) {
      return this.#healthy(pod, current);
    }
    if (verdict.kind === "unknown") {
      if (meter.isRunning(id) && current !== undefined) await this.#setState(pod, "degraded");
      return;
    }
    const broken = current?.containers.filter(({ phase }) => phase === "exited" || phase === "dead") ?? [];
    if (
      current !== undefined &&
      current.containers.every(({ phase }) => phase !== "created") &&
      broken.length > 0
    ) {
      return this.#restart(pod, current, broken);
    }
    return this.#start(pod, observed);
  }

  async #healthy(pod: PodRecord, observed: ObservedPod): Promise<void> {
    const now = this.#options.clock.wall();
    const settled = observed.containers.every(
      ({ startedAt }) => startedAt !== undefined && now - Date.parse(startedAt) >= settledAfter,
    );
    if (settled) this.#backOff.reset(pod.id);
    await this.#setState(pod, "running");
  }

  /** Takes a pod down that its channel, or the chain, does not carry; its volumes stay. */
  async #suspend(pod: PodRecord, observed: ObservedPod | undefined, reason: ApocError): Promise<void> {
    const { log } = this.#options;
    if (pod.state !== "suspended") log.warn(`pod ${pod.id} suspended: ${describeError(reason)}`);
    await this.#setState(pod, "suspended", reason);
    if (isFundsReason(reason)) this.#options.onChannelEnding?.(pod);
    if (observed !== undefined) await this.#takeDown(pod);
  }

  /** Removes containers and opened secrets; the other volumes stay. */
  async #takeDown(pod: PodRecord): Promise<void> {
    await this.#options.runtime.takeDown(pod.id);
    await this.#gone(pod);
  }

  /** Removes a pod whose channel has ended for good, with its volumes: nothing can bring it back. */
  async #end(pod: PodRecord, reason: ApocError): Promise<void> {
    const { state, clock, log, onChannelEnding } = this.#options;
    log.warn(`pod ${pod.id} ends with its channel: ${describeError(reason)}`);
    onChannelEnding?.(pod);
    await state.pods.drain(pod.id, clock.wall());
    await this.#drain(pod);
  }

  async #restart(pod: PodRecord, observed: ObservedPod, broken: readonly { name: string }[]): Promise<void> {
    const { clock, starter, runtime, log } = this.#options;
    await this.#setState(pod, observed.containers.length > broken.length ? "degraded" : "preparing");
    const due = broken.filter(({ name }) => this.#backOff.ready(`${pod.id}/${name}`, clock.monotonic()));
    if (due.length === 0) return;
    for (const { name } of due) this.#backOff.failed(`${pod.id}/${name}`, clock.monotonic());
    try {
      await starter.readmit(pod);
    } catch (error) {
      log.warn(`pod ${pod.id} may not be restarted: ${describeError(error)}`);
      const state = stateAfter(error);
      if (state !== "preparing") await this.#takeDown(pod);
      await this.#setState(pod, state, error);
      return;
    }
    try {
      for (const { name } of due) {
        log.info(`pod ${pod.id}: restart ${name}`);
        await runtime.restart(pod.id, name);
      }
    } catch (error) {
      // A container that cannot start again, since the machine was rebooted and its secrets were in memory, say: the
      // next round makes the pod anew. An engine that does not answer has lost nothing.
      if (isApocError(error) && error.descriptor.kind === "network") throw error;
      log.warn(`pod ${pod.id} is made anew: ${describeError(error)}`);
      return this.#takeDown(pod);
    }
    await this.#look(pod);
  }

  async #start(pod: PodRecord, before: ObservedPod | undefined): Promise<void> {
    const { clock, starter, runtime, state, log } = this.#options;
    const key = `${pod.id}#${pod.generation}`;
    if (this.#starts >= parallelStarts || !this.#backOff.ready(key, clock.monotonic())) return;
    this.#starts += 1;
    try {
      if (pod.state !== "suspended" && pod.state !== "failed") await this.#setState(pod, "preparing");
      const desired = await starter.desiredPod(pod, await starter.readmit(pod));
      const meanwhile = await state.pods.get(pod.id);
      if (meanwhile?.generation !== pod.generation || meanwhile.state === "draining") return;
      await this.#read(pod, before === undefined ? undefined : await runtime.observe(pod.id));
      await runtime.apply(desired);
      log.info(`pod ${pod.id} generation ${pod.generation} runs`);
      await this.#setState(pod, "running");
      await this.#look(pod);
    } catch (error) {
      this.#backOff.failed(key, clock.monotonic());
      log.warn(`pod ${pod.id} not started: ${describeError(error)}`);
      await this.#setState(pod, stateAfter(error), error);
    } finally {
      this.#starts -= 1;
    }
  }

  async #drain(pod: PodRecord): Promise<void> {
    const { runtime, state, clock, log, onRemoved } = this.#options;
    await runtime.remove(pod.id);
    await this.#gone(pod);
    await state.pods.removed(pod.id, clock.wall());
    this.#backOff.reset(pod.id);
    log.info(`pod ${pod.id} removed`);
    onRemoved?.(pod);
  }

  /** Observes again, so that metering begins with what was just started. */
  async #look(pod: PodRecord): Promise<void> {
    const observed = await this.#options.runtime.observe(pod.id);
    this.#note(pod.id, observed);
    await this.#read(pod, observed);
  }

  async #read(pod: PodRecord, observed: ObservedPod | undefined): Promise<void> {
    await this.#options.meter.read(readingOf(pod, observed));
  }

  async #gone(pod: PodRecord): Promise<void> {
    this.#note(pod.id, undefined);
    await this.#read(pod, undefined);
  }

  #note(id: string, observed: ObservedPod | undefined): void {
    if (observed === undefined) this.#observed.delete(id);
    else this.#observed.set(id, observed);
  }

  async #setState(pod: PodRecord, state: PodRecord["state"], reason?: unknown): Promise<void> {
    const { state: tables, clock } = this.#options;
    const document = reason === undefined ? undefined : reasonOf(reason);
    await tables.pods.setState(pod.id, pod.generation, state, clock.wall(), document);
  }

  #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        if (this.#wake === end) this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal.addEventListener("abort", end, { once: true });
      this.#wake = end;
      if (signal.aborted) end();
    });
  }
}
