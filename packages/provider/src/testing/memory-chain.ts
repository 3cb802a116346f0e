import {
  type BlockReference,
  type ChainSource,
  type ChannelHeader,
  type ChannelState,
  channelId,
  claimCap,
} from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { clientErrors } from "@apoc/client";
import { type Hex, keccak256, stringToBytes } from "viem";
import type { ProviderChain } from "../claims/index.ts";
import { type Clock, unixSeconds } from "../clock.ts";
import { chainId, contract } from "./sample-pod.ts";

/** A chain of one block a second that a test can stop, fork, silence, and whose channels it sets. */
export class MemoryChain {
  readonly #clock: Clock;
  readonly #genesis: number;
  readonly channels = new Map<string, ChannelState>();
  /** Blocks after this Unix second are not made, or not seen. */
  stoppedAt: number | undefined;
  silent = false;
  /** Why the provider's transactions are not taken. */
  failure: Error | undefined;
  /** The provider's transactions, oldest first. */
  readonly sent: string[] = [];
  /** What the second source sees differently. */
  fork = "";

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#genesis = Math.floor(clock.wall() / 1000) - 1000;
  }

  readonly sources: readonly ChainSource[] = [this.#source("one", false), this.#source("two", true)];

  async channel(id: Hex, _blockNumber?: bigint): Promise<ChannelState> {
    if (this.silent) throw new Error("connection refused");
    return this.channels.get(id) ?? emptyChannel;
  }

  /** No event is missed: any channel may have been set since. */
  async changedChannels(): Promise<ReadonlySet<Hex>> {
    if (this.silent) throw new Error("connection refused");
    return new Set(this.channels.keys() as Iterable<Hex>);
  }

  /** What a provider does on this chain for its account, by the contract's rules. */
  readonly asProvider: ProviderChain = {
    channel: (id) => this.channel(id),
    claim: async (header, exec) => {
      const { id, channel, now } = await this.#act(header);
      const cap = claimCap(channel, header, now);
      const reached = exec < cap ? exec : cap;
      this.channels.set(id, { ...channel, exec: reached > channel.exec ? reached : channel.exec });
      this.sent.push(`claim ${exec}`);
      return "0xc1";
    },
    terminate: async (header) => {
      const { id, channel, now } = await this.#act(header);
      if (channel.closed || (channel.unlockAt !== 0 && channel.unlockAt <= now)) {
        throw new ApocError(clientErrors.TRANSACTION_REVERTED, { actual: "ChannelUnlocked" });
      }
      this.channels.set(id, { ...channel, unlockAt: now });
      this.sent.push("terminate");
      return "0x7e";
    },
  };

  async #act(header: ChannelHeader): Promise<{ id: Hex; channel: ChannelState; now: number }> {
    if (this.silent) throw new Error("connection refused");
    if (this.failure !== undefined) throw this.failure;
    const id = channelId(chainId, contract, header);
    return { id, channel: await this.channel(id), now: unixSeconds(this.#clock) };
  }

  block(number: bigint, fork = ""): BlockReference {
    return {
      number,
      hash: keccak256(stringToBytes(`${number}${fork}`)),
      timestamp: this.#genesis + Number(number),
    };
  }

  #source(name: string, second: boolean): ChainSource {
    const answer = (number: bigint) => this.block(number, second ? this.fork : "");
    const own = () => BigInt((this.stoppedAt ?? Math.floor(this.#clock.wall() / 1000)) - this.#genesis);
    const speak = () => {
      if (this.silent) throw new Error("connection refused");
    };
    return {
      name,
      head: async () => {
        speak();
        return answer(own());
      },
      block: async (number) => {
        speak();
        return number > own() ? undefined : answer(number);
      },
    };
  }
}

const emptyChannel: ChannelState = {
  deposited: 0n,
  exec: 0n,
  providerPaid: 0n,
  metered: 0n,
  acceptedAt: 0,
  unlockAt: 0,
  unfundedSeconds: 0,
  closed: false,
};

/** An accepted channel with a deposit. */
export function openChannel(deposited: bigint, acceptedAt: number): ChannelState {
  return { ...emptyChannel, deposited, acceptedAt };
}
