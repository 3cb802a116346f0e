import {
  type ChannelRecord,
  type ChannelState,
  payeeDue,
  readChannel,
  readPayeeAccount,
  runwaySeconds,
} from "@apoc/core";
import pMap from "p-map";
import { type Address, isAddressEqual } from "viem";
import { chainError } from "../chain/chain-error.ts";
import type { OpenChain } from "../chain/connect-chain.ts";
import { findNetworkChannels } from "../chain/find-channels.ts";

/** What one channel has earned for one payee entry; base units. */
export interface Earning {
  readonly channel: ChannelRecord;
  readonly state: ChannelState;
  /** Index of the payee in the channel. */
  readonly index: number;
  readonly earned: bigint;
  readonly withdrawn: bigint;
  /** Due at the time of the latest block. */
  readonly available: bigint;
  /** Seconds that the funds last; infinite where nothing is charged over time. */
  readonly runway: number;
}

/** Most channels that are read at a time. */
const concurrency = 8;

/**
 * Reads what an account has earned as a payee in all channels that name it, oldest first.
 * Throws CONTRACT_UNCONFIGURED, CHAIN_UNREACHABLE.
 */
export async function readEarnings(chain: OpenChain, account: Address): Promise<Earning[]> {
  const channels = await findNetworkChannels(chain, { payee: account });
  try {
    const now = Number((await chain.client.getBlock()).timestamp);
    const read = (channel: ChannelRecord) => earningsOf(chain, channel, account, now);
    return (await pMap(channels, read, { concurrency })).flat();
  } catch (error) {
    throw chainError(error, "channels");
  }
}

async function earningsOf(
  chain: OpenChain,
  channel: ChannelRecord,
  account: Address,
  now: number,
): Promise<Earning[]> {
  const contract = chain.address("paymentChannel");
  const state = await readChannel(chain.client, contract, channel.id);
  const own = [...channel.payees.entries()].filter(([, { to }]) => isAddressEqual(to, account));
  return Promise.all(
    own.map(async ([index, payee]) => {
      const paid = await readPayeeAccount(chain.client, contract, channel.id, index);
      const available = payeeDue(state, channel.header, payee, paid, now);
      return {
        channel,
        state,
        index,
        earned: paid.paid + available,
        withdrawn: paid.paid,
        available,
        runway: state.acceptedAt === 0 || state.closed ? 0 : runwaySeconds(state, channel.header, now),
      };
    }),
  );
}
