import type { BlockReference, ChannelState } from "@apoc/core";
import type { Hex } from "viem";
import type { WatchedChain } from "../admission/index.ts";

/** Seconds after which a channel is read again although no event told of a change. */
const rereadSeconds = 300;
/** Spreads those reads over several rounds. */
const spreadSeconds = 60;
/** More blocks than this are not searched for events: everything is read again. */
const longestRange = 5_000n;

/**
 * States of channels at the confirmed block of the round. A channel changes only by transactions, so it is read again only
 * after an event. All channels are read again if events are unavailable or the chain was reorganised, and each of them
 * every few minutes in any case.
 */
export class ChannelStates {
  readonly #chain: WatchedChain;
  readonly #known = new Map<Hex, { readonly state: ChannelState; readonly until: number }>();
  #at: BlockReference | undefined;

  constructor(chain: WatchedChain) {
    this.#chain = chain;
  }

  /** Moves to a confirmed block; to be called at the start of a round. Never throws. */
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

  /** Forgets a channel that is no longer watched. */
  forget(id: Hex): void {
    this.#known.delete(id);
  }

  /** Channels that may have changed; `undefined` when any may have. */
  async #changes(last: BlockReference, confirmed: BlockReference): Promise<ReadonlySet<Hex> | undefined> {
    const blocks = confirmed.number - last.number;
    if (blocks <= 0n || blocks > longestRange || !(await this.#holds(last))) return undefined;
    return this.#chain.changedChannels({ fromBlock: last.number + 1n, toBlock: confirmed.number });
  }

  /** Whether the sources still have the block: after a deep reorganisation they have a different one. */
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
