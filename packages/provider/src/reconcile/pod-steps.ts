import type { Freshness } from "@apoc/core";
import type { ApocError } from "@apoc/errors";
import { unixSeconds } from "../clock.ts";
import { describeError } from "../log.ts";
import type { Meter } from "../metering/index.ts";
import type { ObservedPod } from "../runtime/index.ts";
import type { PodRecord } from "../state/index.ts";
import type { ChannelWatch } from "./channel-watch.ts";
import type { PodBook } from "./pod-book.ts";
import { PodContainers } from "./pod-containers.ts";
import { isFundsReason } from "./pod-faults.ts";
import { PodStarts, type PodStartsOptions } from "./pod-starts.ts";

export interface PodStepsOptions extends PodStartsOptions {
  readonly watch: ChannelWatch;
  readonly meter: Meter;
  /** Called once a pod's containers are gone for good and its usage is final. */
  readonly onRemoved?: (pod: PodRecord) => void;
  /**
   * Called in each round in which the confirmed chain shows that a pod's channel is unlocking, over, or without funds:
   * what is not claimed by now is lost to a refund, or to what other payees go on to earn.
   */
  readonly onChannelEnding?: (pod: PodRecord) => void;
}

/** Takes the next step for a pod, depending on the intent, the runtime and the chain. */
export class PodSteps {
  readonly #options: PodStepsOptions;
  readonly #book: PodBook;
  readonly #starts: PodStarts;
  readonly #containers = new PodContainers();

  constructor(options: PodStepsOptions, book: PodBook) {
    this.#options = options;
    this.#book = book;
    this.#starts = new PodStarts(options, book);
  }

  /** One step. It may take long: images are fetched, containers are stopped. */
  async step(pod: PodRecord, observed: ObservedPod | undefined, survey: Freshness): Promise<void> {
    const { watch, clock, meter } = this.#options;
    if (pod.state === "draining") return this.#drain(pod);
    const watched = { ...pod.channel, metered: await meter.total(pod.channel.id) };
    const verdict = await watch.judge(watched, survey, unixSeconds(clock));
    if (verdict.kind === "over") return this.#end(pod, verdict.reason);
    if (verdict.kind === "bad") return this.#suspend(pod, observed, verdict.reason);
    const current = this.#containers.areAllIn(observed, pod) ? observed : undefined;
    if (current !== undefined && current.containers.every(({ phase }) => phase === "running")) {
      this.#starts.healthy(pod, current);
      return this.#book.setState(pod, "running");
    }
    if (verdict.kind === "unknown") {
      if (meter.isRunning(pod.channel.id) && current !== undefined)
        await this.#book.setState(pod, "degraded");
      return;
    }
    const ended = current?.containers.filter(({ phase }) => phase === "exited" || phase === "dead") ?? [];
    const wasStarted = current?.containers.every(({ phase }) => phase !== "created") === true;
    if (current !== undefined && wasStarted && ended.length > 0) {
      return this.#starts.restart(pod, current, ended);
    }
    return this.#starts.start(pod, observed);
  }

  /** Takes a pod down that its channel, or the chain, does not carry; its volumes stay. */
  async #suspend(pod: PodRecord, observed: ObservedPod | undefined, reason: ApocError): Promise<void> {
    const { log } = this.#options;
    if (pod.state !== "suspended") log.warn(`pod ${pod.id} suspended: ${describeError(reason)}`);
    await this.#book.setState(pod, "suspended", reason);
    if (isFundsReason(reason)) this.#options.onChannelEnding?.(pod);
    if (observed !== undefined) await this.#starts.takeDown(pod);
  }

  /** Removes a pod whose channel has ended for good, with its volumes: nothing can bring it back. */
  async #end(pod: PodRecord, reason: ApocError): Promise<void> {
    const { state, clock, log, onChannelEnding } = this.#options;
    log.warn(`pod ${pod.id} ends with its channel: ${describeError(reason)}`);
    onChannelEnding?.(pod);
    await state.pods.drain(pod.id, clock.wall());
    await this.#drain(pod);
  }

  async #drain(pod: PodRecord): Promise<void> {
    const { runtime, state, clock, log, watch, onRemoved } = this.#options;
    await runtime.remove(pod.id);
    await this.#book.gone(pod);
    await state.pods.removed(pod.id, clock.wall());
    for (const keeper of [this.#book, this.#starts, this.#containers]) keeper.forget(pod.id);
    for (const { id } of pod.channels) watch.forget(id);
    log.info(`pod ${pod.id} removed`);
    onRemoved?.(pod);
  }
}
