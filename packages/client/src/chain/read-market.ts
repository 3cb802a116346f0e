import { firstBlockOf, type MarketState, readMarket } from "@apoc/core";
import { chainError } from "./chain-error.ts";
import type { OpenChain } from "./connect-chain.ts";

/** Everything that the events of the network's marketplace tell. Throws CONTRACT_UNCONFIGURED, CHAIN_UNREACHABLE. */
export async function readNetworkMarket(chain: OpenChain): Promise<MarketState> {
  const address = chain.address("marketplace");
  const fromBlock = firstBlockOf(chain.caip2, address);
  return readMarket(chain.client, address, fromBlock).catch((error: unknown) => {
    throw chainError(error, "events of the marketplace");
  });
}
