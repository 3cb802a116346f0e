import { claimCap } from "@apoc/core";
import { BackOff } from "../back-off.ts";
import { type Clock, unixSeconds } from "../clock.ts";
import { describeError, type Log } from "../log.ts";
import type { PodRecord, State } from "../state/index.ts";
import type { ProviderChain } from "./provider-chain.ts";

export interface ClaimerOptions {
  readonly state: State;
  readonly chain: ProviderChain;
  readonly clock: Clock;
  readonly log: Log;
  /** Base units below which a claim by interval is not worth its fee. */
  readonly minimum: bigint;
}

/** What became of one claim. */
export interface ClaimResult {
  readonly pod: string;
  /** Cumulative cost that was metered. */
  readonly metered: bigint;
  /** Cumulative cost on chain afterwards; below `metered` where funds or the cap of the terms end. */
  readonly claimed: bigint;
  readonly hash?: string;
  readonly error?: unknown;
}

/**
 * Claims cumulative execution costs. A claim names a total, so repeating one changes nothing, and one that was lost is
 * made up by the next: nothing has to be undone after a crash.
 */
export class Claimer {
  readonly #options: ClaimerOptions;
  readonly #running = new Map<string, Promise<ClaimResult>>();
  readonly #backOff = new BackOff();

  constructor(options: ClaimerOptions) {
    this.#options = options;
  }

  /** Claims for all pods, one after the other. Failures are in the results and in the log, and retried next time. */
  async claimAll(options: { ignoreMinimum?: boolean } = {}): Promise<ClaimResult[]> {
    const { state, minimum } = this.#options;
    const results: ClaimResult[] = [];
    for (const pod of state.pods.all()) {
      const open = state.usage.total(pod.id) - state.usage.claimed(pod.id);
      if (open <= 0n || (options.ignoreMinimum !== true && open < minimum)) continue;
      results.push(await this.claim(pod));
    }
    return results;
  }

  /**
   * Claims at once what is open, since the channel's funds are about to be gone. May be called as often as one likes:
   * where a claim fails or there is nothing to get, the next one waits, longer and longer.
   */
  secure(pod: PodRecord): void {
    const { state, clock } = this.#options;
    const now = clock.monotonic();
    if (state.usage.total(pod.id) <= state.usage.claimed(pod.id)) return;
    if (this.#running.has(pod.id) || !this.#backOff.ready(pod.id, now)) return;
    this.#backOff.failed(pod.id, now);
    void this.claim(pod).then(({ metered, claimed }) => {
      if (claimed >= metered) this.#backOff.reset(pod.id);
    });
  }

  /** Resolves when no claim runs. */
  async idle(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  /** Claims for one pod; a call while one is running joins it. Never throws. */
  claim(pod: PodRecord): Promise<ClaimResult> {
    const running = this.#running.get(pod.id);
    if (running !== undefined) return running;
    const claim = this.#claim(pod).finally(() => this.#running.delete(pod.id));
    this.#running.set(pod.id, claim);
    return claim;
  }

  async #claim({ id, channel: { header } }: PodRecord): Promise<ClaimResult> {
    const { state, chain, clock, log } = this.#options;
    const metered = state.usage.total(id);
    let claimed = state.usage.claimed(id);
    let intent: number | undefined;
    try {
      const before = await chain.channel(id);
      claimed = before.exec;
      state.usage.setClaimed(id, claimed, clock.wall());
      const reachable = claimCap(before, header, unixSeconds(clock));
      if (metered <= claimed || reachable <= claimed) return { pod: id, metered, claimed };
      intent = state.transactions.intend("claim", id, metered, clock.wall());
      const hash = await chain.claim(header, metered);
      state.transactions.confirm(intent, hash, clock.wall());
      claimed = (await chain.channel(id)).exec;
      state.usage.setClaimed(id, claimed, clock.wall());
      log.info(`claimed ${claimed} of ${metered} for ${id}`);
      return { pod: id, metered, claimed, hash };
    } catch (error) {
      if (intent !== undefined) state.transactions.fail(intent, describeError(error), clock.wall());
      log.warn(`claim for ${id}: ${describeError(error)}`);
      return { pod: id, metered, claimed, error };
    }
  }
}
