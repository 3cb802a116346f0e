import {
  type ChannelRecord,
  type ChannelState,
  payeeDue,
  readChannel,
  readPayeeAccount,
  runwaySeconds,
} from "@apoc/core";
import { findNetworkChannels, type OpenChain } from "@apoc/client";
import pMap from "p-map";

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

/** Reads what an account has earned in all channels that name it, oldest first. */
export async function readEarnings(chain: OpenChain, account: `0x${string}`): Promise<Earning[]> {
  const contract = chain.address("paymentChannel");
  const block = await chain.client.getBlock();
  const now = Number(block.timestamp);
  const channels = await findNetworkChannels(chain, { payee: account });
  const earnings = await pMap(
    channels,
    async (channel) => {
      const state = await readChannel(chain.client, contract, channel.id);
      const own = [...channel.payees.entries()].filter(
        ([, { to }]) => to.toLowerCase() === account.toLowerCase(),
      );
      return Promise.all(
        own.map(async ([index, payee]): Promise<Earning> => {
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
    },
    { concurrency: 8 },
  );
  return earnings.flat();
}
