import type { BlockReference, ChannelState } from "@apoc/core";
import type { Hex } from "viem";
import type { WatchedChain } from "../admission/index.ts";

/** Seconds after which a channel is read again although no event told of a change. */
const rereadSeconds = 300;
/** The same, for channels of one round not to fall due in one round. */
const spreadSeconds = 60;
/** More blocks than this are not searched for events: everything is read again. */
const longestRange = 5_000n;

/**
 * States of channels at the confirmed block of the round, read again only where an event tells of a change: a channel
 * changes by transactions, and its state is a function of time between them. Where events are unavailable, or the chain
 * is not the one that was read before, all are read again. Independently of events each is read every few minutes.
 */
export class ChannelStates {
  readonly #chain: WatchedChain;
  readonly #known = new Map<Hex, { readonly state: ChannelState; readonly until: number }>();
  #at: BlockReference | undefined;

  constructor(chain: WatchedChain) {
    this.#chain = chain;
  }

  /** Moves to a confirmed block; to be called before the states of a round are asked for. Never throws. */
  async advance(confirmed: BlockReference): Promise<void> {
    const last = this.#at;
    this.#at = confirmed;
    if (last === undefined || last.hash === confirmed.hash || this.#known.size === 0) return;
    const changed = await this.#changes(last, confirmed).catch(() => undefined);
    if (changed === undefined) this.#known.clear();
    else for (const id of changed) this.#known.delete(id);
  }

  /** State of a channel. @param now Unix seconds @throws what the chain throws */
  async state(id: Hex, now: number): Promise<ChannelState> {
    const known = this.#known.get(id);
    if (known !== undefined && now < known.until) return known.state;
    const at = this.#at;
    const state = await this.#chain.channel(id, at!.number);
    if (at === this.#at) this.#known.set(id, { state, until: now + rereadSeconds + spread(id) });
    return state;
  }

  /** The channel is not watched any more. */
  forget(id: Hex): void {
    this.#known.delete(id);
  }

  /** Channels that may have changed; `undefined` when any may have. */
  async #changes(last: BlockReference, confirmed: BlockReference): Promise<ReadonlySet<Hex> | undefined> {
    const blocks = confirmed.number - last.number;
    if (blocks <= 0n || blocks > longestRange || !(await this.#holds(last))) return undefined;
    return this.#chain.changedChannels({ fromBlock: last.number + 1n, toBlock: confirmed.number });
  }

  /** Whether the sources still have the block: after a deep reorganisation they have another. */
  async #holds({ number, hash }: BlockReference): Promise<boolean> {
    const answers = await Promise.allSettled(this.#chain.sources.map((source) => source.block(number)));
    const given = answers.filter((answer) => answer.status === "fulfilled");
    return given.length > 0 && given.every(({ value }) => value?.hash === hash);
  }
}

/** Some seconds, always the same for a channel. */
function spread(id: Hex): number {
  return Number.parseInt(id.slice(-4), 16) % spreadSeconds;
}
