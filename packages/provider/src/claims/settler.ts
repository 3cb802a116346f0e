import type { ChannelState } from "@apoc/core";
import { isApocError } from "@apoc/errors";
import { clientErrors } from "@apoc/client";
import { BackOff } from "../back-off.ts";
import { type Clock, unixSeconds } from "../clock.ts";
import { describeError, type Log } from "../log.ts";
import type { PodChannel, PodRecord, State, TransactionRecord } from "../state/index.ts";
import type { Claimer } from "./claimer.ts";
import type { ProviderChain } from "./provider-chain.ts";

const kind = "terminate";

/** What settlements are made with. */
export interface SettlerOptions {
  readonly state: Pick<State, "pods" | "transactions">;
  readonly claimer: Pick<Claimer, "claim">;
  readonly chain: Pick<ProviderChain, "channel" | "terminate">;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Ends the channels of pods that their publishers had removed, and those that another one has succeeded: the last claim first, then `terminate`, so that the
 * publisher need not wait for the end of an unlock. The intent is written when the removal is asked for, and stays
 * until the chain shows it: a crash, an RPC that fails or an account without gas only delays it.
 */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #backOff = new BackOff();
  readonly #running = new Map<string, Promise<void>>();
  /** Channels for which the lack of gas was logged. */
  readonly #gasless = new Set<string>();

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /**
   * Stores the intent to end a channel. To be called before the removal or the next channel is stored; it counts once
   * the channel is not needed any more.
   */
  async intend(channel: string): Promise<void> {
    const { state, clock } = this.#options;
    await state.transactions.intendOnce(kind, channel, 0n, clock.wall());
  }

  /** Claims on a channel that no pod needs and, where that is intended, ends it. Never throws. */
  settle(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running !== undefined) return running;
    const settle = this.#settle(id)
      .catch((error: unknown) => this.#options.log.warn(`settlement of ${id}: ${describeError(error)}`))
      .finally(() => this.#running.delete(id));
    this.#running.set(id, settle);
    return settle;
  }

  /** Settles all channels of a pod. Never throws. */
  async settleAll({ channels }: PodRecord): Promise<void> {
    for (const { id } of channels) await this.settle(id);
  }

  /** Retries what is open and due: to be called every few seconds. */
  async round(): Promise<void> {
    const { state, clock } = this.#options;
    for (const { channel } of await state.transactions.open(kind)) {
      if (this.#backOff.ready(channel, clock.monotonic())) await this.settle(channel);
    }
  }

  /** Resolves when no settlement runs. */
  async idle(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #settle(id: string): Promise<void> {
    const { state, claimer, chain, clock, log } = this.#options;
    const ended = await this.#unneeded(id);
    if (ended === undefined) return;
    const claim = await claimer.claim(ended);
    const intent = await this.#intent(id);
    if (intent === undefined) return;
    try {
      if (claim.error !== undefined) throw claim.error;
      const channel = await chain.channel(ended.id);
      if (hasEnded(channel, unixSeconds(clock))) {
        await state.transactions.confirm(intent.seq, undefined, clock.wall());
        return;
      }
      // Deployed again meanwhile: its channel is needed.
      if ((await this.#unneeded(id)) === undefined) return;
      const hash = await chain.terminate(ended.terms.header);
      await state.transactions.confirm(intent.seq, hash, clock.wall());
      this.#backOff.reset(id);
      log.info(`channel ${id} terminated at its publisher's request`);
    } catch (error) {
      this.#backOff.failed(id, clock.monotonic());
      if (isReverted(error, "ChannelUnlocked")) {
        await state.transactions.confirm(intent.seq, undefined, clock.wall());
        return;
      }
      await state.transactions.fail(intent.seq, describeError(error), clock.wall());
      this.#report(id, error);
    }
  }

  /** The channel, unless a pod runs or is to run on it. */
  async #unneeded(id: string): Promise<PodChannel | undefined> {
    const pod = await this.#options.state.pods.byChannel(id);
    if (pod === undefined || (pod.state !== "removed" && pod.channel.id === id)) return undefined;
    return pod.channels.find((channel) => channel.id === id);
  }

  async #intent(channel: string): Promise<TransactionRecord | undefined> {
    const [open] = await this.#options.state.transactions.open(kind, channel);
    return open;
  }

  #report(id: string, error: unknown): void {
    const { log } = this.#options;
    if (!isApocError(error, clientErrors.NETWORK_FEE_UNPAYABLE)) {
      log.warn(`channel ${id} not terminated: ${describeError(error)}`);
    } else if (!this.#gasless.has(id)) {
      this.#gasless.add(id);
      log.warn(`channel ${id} not terminated for lack of gas; its publisher waits for the end of the unlock`);
    }
  }
}

/** Whether nothing is left to end: never accepted, closed, or past its unlock. */
function hasEnded({ acceptedAt, closed, unlockAt }: ChannelState, now: number): boolean {
  return closed || acceptedAt === 0 || (unlockAt !== 0 && unlockAt <= now);
}

function isReverted(error: unknown, name: string): boolean {
  return isApocError(error, clientErrors.TRANSACTION_REVERTED) && error.actual === name;
}
