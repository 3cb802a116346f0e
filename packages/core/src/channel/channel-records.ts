import pMap from "p-map";
import type { Address, GetLogsReturnType, Hex, PublicClient } from "viem";
import { getAbiItem } from "viem";
import { paymentChannelAbi } from "./abi.gen.ts";
import type { ChannelState, Payee, PayeeAccount } from "./accrual.ts";
import { readLogs } from "../events/index.ts";
import { completeHeader } from "./terms.ts";
import type { ChannelTerms } from "./wire.ts";

/** A channel as its events tell: its terms can be proven from them alone. */
export interface ChannelRecord extends ChannelTerms {
  readonly id: Hex;
  readonly createdIn: bigint;
}

/** Whose channels; exactly one of the three. */
export type ChannelFilter =
  | { readonly publisher: Address }
  | { readonly provider: Address }
  | { readonly payee: Address };

const created = getAbiItem({ abi: paymentChannelAbi, name: "ChannelCreated" });
const listed = getAbiItem({ abi: paymentChannelAbi, name: "PayeeListed" });

/** Channels whose events are asked for at a time. */
const concurrency = 8;

/**
 * Finds channels by their creation events, oldest first. `fromBlock`: where the contract was deployed, or earlier. An
 * endpoint that looks up a part of the chain only is asked part by part.
 */
export async function findChannels(
  client: PublicClient,
  contract: Address,
  filter: ChannelFilter,
  fromBlock = 0n,
): Promise<ChannelRecord[]> {
  const blocks = { fromBlock, toBlock: await client.getBlockNumber() };
  if ("payee" in filter) {
    const logs = await readLogs(blocks, (range) =>
      client.getLogs({
        ...range,
        address: contract,
        event: listed,
        args: { to: filter.payee },
        strict: true,
      }),
    );
    // A payee may be listed more than once, in the block of the creation.
    const found = new Map(logs.map(({ args, blockNumber }) => [args.channelId, blockNumber]));
    const read = ([id, block]: [Hex, bigint]) => findCreation(client, contract, id, block, block);
    const creations = await pMap(found, read, { concurrency });
    return completeAll(
      client,
      contract,
      creations.filter((log) => log !== undefined),
    );
  }
  const logs = await readLogs(blocks, (range) =>
    client.getLogs({ ...range, address: contract, event: created, args: filter, strict: true }),
  );
  return completeAll(client, contract, logs);
}

/** Finds one channel by its id. */
export async function findChannel(
  client: PublicClient,
  contract: Address,
  id: Hex,
  fromBlock = 0n,
): Promise<ChannelRecord | undefined> {
  const log = await findCreation(client, contract, id, fromBlock, await client.getBlockNumber());
  return log === undefined ? undefined : complete(client, contract, log);
}

async function findCreation(
  client: PublicClient,
  contract: Address,
  id: Hex,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<CreationLog | undefined> {
  const args = { channelId: id };
  const [log] = await readLogs({ fromBlock, toBlock }, (range) =>
    client.getLogs({ ...range, address: contract, event: created, args, strict: true }),
  );
  return log;
}

/** A creation event as viem decodes it. */
type CreationLog = GetLogsReturnType<typeof created, [typeof created], true>[number];

function completeAll(
  client: PublicClient,
  contract: Address,
  logs: readonly CreationLog[],
): Promise<ChannelRecord[]> {
  return pMap(logs, (log) => complete(client, contract, log), { concurrency });
}

/** The payees, in their order, from the events that come with the creation; from them the rest of the header. */
async function complete(
  client: PublicClient,
  contract: Address,
  { args, blockNumber }: CreationLog,
): Promise<ChannelRecord> {
  const { channelId: id, amount: _amount, accepted: _accepted, ...terms } = args;
  const logs = await client.getLogs({
    address: contract,
    fromBlock: blockNumber,
    toBlock: blockNumber,
    event: listed,
    args: { channelId: id },
    strict: true,
  });
  const payees = logs
    .toSorted((a, b) => a.logIndex - b.logIndex)
    .map(({ args: { channelId: _id, ...payee } }): Payee => payee);
  return { id, header: completeHeader(terms, payees), payees, createdIn: blockNumber };
}

/** Reads what the contract stores of a channel, at a block or at the head. */
export async function readChannel(
  client: PublicClient,
  contract: Address,
  id: Hex,
  blockNumber?: bigint,
): Promise<ChannelState> {
  const at = blockNumber === undefined ? {} : { blockNumber };
  return client.readContract({
    address: contract,
    abi: paymentChannelAbi,
    functionName: "channel",
    args: [id],
    ...at,
  });
}

/** Reads what the contract stores of a payee. */
export async function readPayeeAccount(
  client: PublicClient,
  contract: Address,
  id: Hex,
  index: number,
): Promise<PayeeAccount> {
  const [paid, metered] = await client.readContract({
    address: contract,
    abi: paymentChannelAbi,
    functionName: "payeeAccount",
    args: [id, BigInt(index)],
  });
  return { paid, metered };
}
