import { findDeployment, type MarketState, readMarket } from "@apoc/core";
import { chainError } from "./chain-error.ts";
import type { OpenChain } from "./open-chain.ts";

/** Everything that the events of the network's marketplace tell. Throws CONTRACT_UNCONFIGURED, CHAIN_UNREACHABLE. */
export async function readNetworkMarket(chain: OpenChain): Promise<MarketState> {
  const address = chain.address("marketplace");
  const known = findDeployment(chain.caip2);
  // Before its deployment a contract has no events; of one that is configured by hand that block is not known.
  const fromBlock = known?.marketplace === address ? BigInt(known.fromBlock) : 0n;
  return readMarket(chain.client, address, fromBlock).catch((error: unknown) => {
    throw chainError(error, "events of the marketplace");
  });
}
