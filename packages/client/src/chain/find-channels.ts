import { type ChannelFilter, type ChannelRecord, findChannels, firstBlockOf } from "@apoc/core";
import { chainError } from "./chain-error.ts";
import type { OpenChain } from "./connect-chain.ts";

/** Channels of the network's contract, oldest first, by its events. Throws CONTRACT_UNCONFIGURED, CHAIN_UNREACHABLE. */
export async function findNetworkChannels(chain: OpenChain, filter: ChannelFilter): Promise<ChannelRecord[]> {
  const contract = chain.address("paymentChannel");
  const fromBlock = firstBlockOf(chain.caip2, contract);
  return findChannels(chain.client, contract, filter, fromBlock).catch((error: unknown) => {
    throw chainError(error, "events of the payment channel");
  });
}
