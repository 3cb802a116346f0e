import type { BlockReference, ChainSource, ChannelState } from "@apoc/core";
import { type Hex, keccak256, stringToBytes } from "viem";
import type { Clock } from "../clock.ts";

/** A chain of one block a second that a test can stop, fork, silence, and whose channels it sets. */
export class MemoryChain {
  readonly #clock: Clock;
  readonly #genesis: number;
  readonly channels = new Map<string, ChannelState>();
  /** Blocks after this Unix second are not made, or not seen. */
  stoppedAt: number | undefined;
  silent = false;
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
  lastAccrual: 0,
  fundedSeconds: 0,
  closed: false,
};

/** An accepted channel with a deposit. */
export function openChannel(deposited: bigint, acceptedAt: number): ChannelState {
  return { ...emptyChannel, deposited, acceptedAt, lastAccrual: acceptedAt };
}
