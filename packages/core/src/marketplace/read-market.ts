import { type Address, parseEventLogs, type PublicClient } from "viem";
import { marketplaceAbi } from "../channel/abi.gen.ts";
import { readLogs } from "../events/index.ts";
import { type MarketEvent, type MarketState, replayMarket } from "./market-state.ts";

/** All events of a Marketplace since `fromBlock`, where it was deployed or earlier, in the order of the chain. */
export async function readMarketEvents(
  client: PublicClient,
  contract: Address,
  fromBlock = 0n,
): Promise<readonly MarketEvent[]> {
  const blocks = { fromBlock, toBlock: await client.getBlockNumber() };
  const logs = await readLogs(blocks, (range) => client.getLogs({ ...range, address: contract }));
  return parseEventLogs({ abi: marketplaceAbi, logs });
}

/** What the events of a Marketplace tell, as of the latest block. */
export async function readMarket(
  client: PublicClient,
  contract: Address,
  fromBlock = 0n,
): Promise<MarketState> {
  return replayMarket(await readMarketEvents(client, contract, fromBlock));
}
