import type { ChannelState } from "@apoc/core";
import type { OpenChain } from "../chain/connect-chain.ts";

/** What a stubbed chain answers. */
export interface StubAnswers {
  readonly chainId?: number;
  readonly paymentChannel?: `0x${string}`;
  /** Seconds since 1970, of the latest block. */
  readonly now?: number;
  readonly channel?: Partial<ChannelState>;
  /** Transactions of every account that are not in a block. */
  readonly pending?: number;
  /** Of every account, base units. */
  readonly balance?: bigint;
  readonly allowance?: bigint;
}

const contract = "0x0000000000000000000000000000000000000031";

/** A channel that was accepted, and to which nothing has happened since. */
export const acceptedChannel: ChannelState = {
  deposited: 100n,
  exec: 0n,
  providerPaid: 0n,
  metered: 0n,
  acceptedAt: 1,
  unlockAt: 0,
  unfundedSeconds: 0,
  closed: false,
};

/** A chain that answers reads from a table; the deployments of `sampleDeployment` are on it. */
export function stubChain(answers: StubAnswers = {}): OpenChain {
  const { chainId = 31337, paymentChannel = contract, now = 1_000, pending = 0 } = answers;
  const reads: Record<string, unknown> = {
    channel: { ...acceptedChannel, ...answers.channel },
    symbol: "tUSD",
    decimals: 6,
    balanceOf: answers.balance ?? 0n,
    allowance: answers.allowance ?? 0n,
  };
  const client = {
    pollingInterval: 1,
    readContract: async ({ functionName }: { functionName: string }) => reads[functionName],
    getBlock: async () => ({ timestamp: BigInt(now) }),
    getTransactionCount: async ({ blockTag }: { blockTag: string }) => (blockTag === "pending" ? pending : 0),
  };
  return {
    network: { name: "local", chain: `eip155:${chainId}`, rpc: [], paymentChannel },
    chainId,
    caip2: `eip155:${chainId}`,
    client: client as unknown as OpenChain["client"],
    transport: undefined as unknown as OpenChain["transport"],
    signal: new AbortController().signal,
    address: () => paymentChannel,
  };
}
