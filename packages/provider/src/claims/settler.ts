import type { ChannelState } from "@apoc/core";
import { isApocError } from "@apoc/errors";
import { clientErrors } from "@apoc/client";
import { BackOff } from "../back-off.ts";
import { type Clock, unixSeconds } from "../clock.ts";
import { describeError, type Log } from "../log.ts";
import type { State, TransactionRecord } from "../state/index.ts";
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
 * Ends the channels of pods that their publishers had removed: the last claim first, then `terminate`, so that the
 * publisher need not wait for the end of an unlock. The intent is written when the removal is asked for, and stays
 * until the chain shows it: a crash, an RPC that fails or an account without gas only delays it.
 */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #backOff = new BackOff();
  readonly #running = new Map<string, Promise<void>>();
  /** Pods for which the lack of gas was logged. */
  readonly #gasless = new Set<string>();

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** Stores the intent. To be called before the removal itself is stored; it counts only once the pod is removed. */
  async intend(pod: string): Promise<void> {
    const { state, clock } = this.#options;
    await state.transactions.intendOnce(kind, pod, 0n, clock.wall());
  }

  /** Claims for a removed pod and, where that is intended, ends its channel. Never throws. */
  settle(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running !== undefined) return running;
    const settle = this.#settle(id)
      .catch((error: unknown) => this.#options.log.warn(`settlement of ${id}: ${describeError(error)}`))
      .finally(() => this.#running.delete(id));
    this.#running.set(id, settle);
    return settle;
  }

  /** Retries what is open and due: to be called every few seconds. */
  async round(): Promise<void> {
    const { state, clock } = this.#options;
    for (const { pod } of await state.transactions.open(kind)) {
      if (this.#backOff.ready(pod, clock.monotonic())) await this.settle(pod);
    }
  }

  /** Resolves when no settlement runs. */
  async idle(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #settle(id: string): Promise<void> {
    const { state, claimer, chain, clock, log } = this.#options;
    const pod = await state.pods.get(id);
    if (pod === undefined || pod.state !== "removed") return;
    const claim = await claimer.claim(pod);
    const intent = await this.#intent(id);
    if (intent === undefined) return;
    try {
      if (claim.error !== undefined) throw claim.error;
      const channel = await chain.channel(pod.id);
      if (hasEnded(channel, unixSeconds(clock))) {
        await state.transactions.confirm(intent.seq, undefined, clock.wall());
        return;
      }
      // Deployed again meanwhile: its channel is needed.
      if ((await state.pods.get(id))?.state !== "removed") return;
      const hash = await chain.terminate(pod.channel.header);
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

  async #intent(pod: string): Promise<TransactionRecord | undefined> {
    const [open] = await this.#options.state.transactions.open(kind, pod);
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
