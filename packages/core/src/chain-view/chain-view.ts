import type { Address, Hex } from "viem";
import type { ChannelState } from "../channel/accrual.ts";

export interface BlockReference {
  readonly number: bigint;
  readonly hash: Hex;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** One configured RPC. Methods throw when it does not answer. */
export interface ChainSource {
  readonly name: string;
  head(): Promise<BlockReference>;
  /** `undefined` when the source has no such block. */
  block(number: bigint): Promise<BlockReference | undefined>;
}

/** A monitor's signed statement that it sees a block: admission check `freshness`. */
export interface BlockStatement {
  readonly monitor: Address;
  readonly number: bigint;
  readonly hash: Hex;
  /** Unix seconds at which it was signed. */
  readonly seenAt: number;
  readonly signature: Hex;
}

/** What a provider asks the chain. State is read at a confirmed block, never at the head. */
export interface ChainView {
  readonly sources: readonly ChainSource[];
  statements(): Promise<readonly BlockStatement[]>;
  channel(id: Hex, blockNumber: bigint): Promise<ChannelState>;
  grantFloor(developer: Address, image: Hex, providerKeyId: Hex, blockNumber: bigint): Promise<number>;
  /** Unix seconds from which no channel can take an offer of the image any more; far away where there is no end. */
  offersEnd(developer: Address, image: Hex, blockNumber: bigint): Promise<number>;
}
