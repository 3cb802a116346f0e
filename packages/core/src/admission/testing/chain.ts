import { type Hex, keccak256, stringToBytes } from "viem";
import type { BlockReference, ChainSource } from "../../chain-view/chain-view.ts";

export const chainId = 31337;
export const contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
export const token = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";
/** Unix seconds of the scene; the head of the chain is two seconds old, a block a second. */
export const now = 1_900_000_000;
export const head = 1000n;
const headTimestamp = now - 2;

/** A block of the scene's chain; `fork` names another chain. */
export function block(number: bigint, fork = ""): BlockReference {
  return {
    number,
    hash: keccak256(stringToBytes(`block ${number}${fork}`)),
    timestamp: headTimestamp - Number(head - number),
  };
}

/** A source that answers; `lead` blocks behind or ahead of the scene's head. */
export function source(
  name: string,
  options: { lead?: bigint; fork?: string; ageSeconds?: number } = {},
): ChainSource {
  const { lead = 0n, fork, ageSeconds } = options;
  const own = head + lead;
  return {
    name,
    head: async () => ({
      ...block(own, fork),
      ...(ageSeconds === undefined ? {} : { timestamp: now - ageSeconds }),
    }),
    block: async (number) => (number > own ? undefined : block(number, fork)),
  };
}

/** A source that does not answer. */
export const silentSource: ChainSource = {
  name: "silent",
  head: () => Promise.reject(new Error("connection refused")),
  block: () => Promise.reject(new Error("connection refused")),
};

export const otherHash: Hex = `0x${"0f".repeat(32)}`;
