import { claimCap } from "@apoc/core";
import { BackOff } from "../back-off.ts";
import { type Clock, unixSeconds } from "../clock.ts";
import { describeError, type Log } from "../log.ts";
import type { PodChannel, State } from "../state/index.ts";
import type { ProviderChain } from "./provider-chain.ts";

/** What claims are made with. */
export interface ClaimerOptions {
  readonly state: Pick<State, "pods" | "usage" | "transactions">;
  readonly chain: ProviderChain;
  readonly clock: Clock;
  readonly log: Log;
  /** Base units below which a claim by interval is not worth its fee. */
  readonly minimum: bigint;
}

/** What became of one claim. */
export interface ClaimResult {
  /** Channel id. */
  readonly channel: string;
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
  readonly #urgent = new Map<string, Promise<void>>();
  readonly #backOff = new BackOff();

  constructor(options: ClaimerOptions) {
    this.#options = options;
  }

  /** Claims on all channels, one after the other. Failures are in the results and in the log, and retried next time. */
  async claimAll(options: { ignoreMinimum?: boolean } = {}): Promise<ClaimResult[]> {
    const { state, minimum } = this.#options;
    const results: ClaimResult[] = [];
    for (const channel of (await state.pods.all()).flatMap(({ channels }) => channels)) {
      const open = await this.#open(channel.id);
      if (open <= 0n || (options.ignoreMinimum !== true && open < minimum)) continue;
      results.push(await this.claim(channel));
    }
    return results;
  }

  /**
   * Begins to claim what is open, since the channel's funds may be gone soon. May be called in every round: after a
   * claim that fails or gets nothing the next one waits, longer each time.
   */
  claimNow(channel: PodChannel): void {
    const { id } = channel;
    if (this.#urgent.has(id)) return;
    const claim = this.#claimUrgently(channel)
      .catch((error: unknown) => this.#options.log.warn(`claim on ${id}: ${describeError(error)}`))
      .finally(() => this.#urgent.delete(id));
    this.#urgent.set(id, claim);
  }

  /** Resolves when no claim runs. */
  async idle(): Promise<void> {
    await Promise.all([...this.#urgent.values(), ...this.#running.values()]);
  }

  /** Claims on one channel; a call while one is running joins it. Never throws. */
  claim(channel: PodChannel): Promise<ClaimResult> {
    const { id } = channel;
    const running = this.#running.get(id);
    if (running !== undefined) return running;
    const claim = this.#claim(channel).finally(() => this.#running.delete(id));
    this.#running.set(id, claim);
    return claim;
  }

  async #claimUrgently(channel: PodChannel): Promise<void> {
    const { id } = channel;
    const now = this.#options.clock.monotonic();
    if ((await this.#open(id)) <= 0n) return;
    if (this.#running.has(id) || !this.#backOff.ready(id, now)) return;
    this.#backOff.failed(id, now);
    const { metered, claimed } = await this.claim(channel);
    if (claimed >= metered) this.#backOff.reset(id);
  }

  /** Cumulative cost that is metered and not known to be claimed. */
  async #open(id: string): Promise<bigint> {
    const { usage } = this.#options.state;
    return (await usage.total(id)) - (await usage.claimed(id));
  }

  async #claim({ id, terms: { header } }: PodChannel): Promise<ClaimResult> {
    const { state, chain, clock, log } = this.#options;
    let metered = 0n;
    let claimed = 0n;
    let intent: number | undefined;
    try {
      metered = await state.usage.total(id);
      claimed = await state.usage.claimed(id);
      const before = await chain.channel(id);
      claimed = before.exec;
      await state.usage.setClaimed(id, claimed, clock.wall());
      const reachable = claimCap(before, header, unixSeconds(clock));
      if (metered <= claimed || reachable <= claimed) return { channel: id, metered, claimed };
      intent = await state.transactions.intend("claim", id, metered, clock.wall());
      const hash = await chain.claim(header, metered);
      await state.transactions.confirm(intent, hash, clock.wall());
      claimed = (await chain.channel(id)).exec;
      await state.usage.setClaimed(id, claimed, clock.wall());
      log.info(`claimed ${claimed} of ${metered} on ${id}`);
      return { channel: id, metered, claimed, hash };
    } catch (error) {
      if (intent !== undefined) await state.transactions.fail(intent, describeError(error), clock.wall());
      log.warn(`claim on ${id}: ${describeError(error)}`);
      return { channel: id, metered, claimed, error };
    }
  }
}
