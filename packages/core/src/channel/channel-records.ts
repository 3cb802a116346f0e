import type { Address, GetLogsReturnType, Hex, PublicClient } from "viem";
import { getAbiItem } from "viem";
import { paymentChannelAbi } from "./abi.gen.ts";
import type { ChannelState, Payee, PayeeAccount } from "./accrual.ts";
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

/** Finds channels by their creation events, oldest first. `fromBlock`: where the contract was deployed, or earlier. */
export async function findChannels(
  client: PublicClient,
  contract: Address,
  filter: ChannelFilter,
  fromBlock = 0n,
): Promise<ChannelRecord[]> {
  const range = { address: contract, fromBlock, toBlock: "latest" } as const;
  if ("payee" in filter) {
    const logs = await client.getLogs({ ...range, event: listed, args: { to: filter.payee }, strict: true });
    const ids = [...new Set(logs.map(({ args }) => args.channelId))];
    return Promise.all(ids.map((id) => findChannel(client, contract, id, fromBlock))).then((found) =>
      found.filter((record) => record !== undefined),
    );
  }
  const logs = await client.getLogs({ ...range, event: created, args: filter, strict: true });
  return Promise.all(logs.map((log) => complete(client, range, log)));
}

/** Finds one channel by its id. */
export async function findChannel(
  client: PublicClient,
  contract: Address,
  id: Hex,
  fromBlock = 0n,
): Promise<ChannelRecord | undefined> {
  const range = { address: contract, fromBlock, toBlock: "latest" } as const;
  const [log] = await client.getLogs({ ...range, event: created, args: { channelId: id }, strict: true });
  return log === undefined ? undefined : complete(client, range, log);
}

/** A creation event as viem decodes it. */
type CreationLog = GetLogsReturnType<typeof created, [typeof created], true>[number];

/** The payees, in their order, from the events that come with the creation; from them the rest of the header. */
async function complete(
  client: PublicClient,
  range: { address: Address; fromBlock: bigint; toBlock: "latest" },
  { args, blockNumber }: CreationLog,
): Promise<ChannelRecord> {
  const { channelId: id, amount: _amount, accepted: _accepted, ...terms } = args;
  const logs = await client.getLogs({
    ...range,
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
