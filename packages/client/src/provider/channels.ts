import { type ChannelRecord, type ChannelState, providerDue, readChannel } from "@apoc/core";
import pMap from "p-map";
import { type Address, isAddressEqual } from "viem";
import { chainError } from "../chain/chain-error.ts";
import type { OpenChain } from "../chain/connect-chain.ts";
import { findNetworkChannels } from "../chain/find-channels.ts";

/** A channel of a provider as the chain has it; amounts in base units. */
export interface ProviderChannel extends ChannelRecord {
  readonly state: ChannelState;
  /** Claimed and not withdrawn. */
  readonly due: bigint;
}

/** Most channels that are read at a time. */
const concurrency = 8;

/**
 * Reads all channels that name a provider in a token that it accepts, from the chain's events: complete even when the
 * provider's own state is lost. Anybody can make channels in other tokens; they were never quoted, and are left out.
 * Throws CONTRACT_UNCONFIGURED, CHAIN_UNREACHABLE.
 */
export async function readProviderChannels(
  chain: OpenChain,
  provider: Address,
  tokens: readonly Address[],
): Promise<ProviderChannel[]> {
  const contract = chain.address("paymentChannel");
  const all = await findNetworkChannels(chain, { provider });
  const accepted = all.filter(({ header }) => tokens.some((token) => isAddressEqual(token, header.token)));
  const read = async (record: ChannelRecord) => {
    const state = await readChannel(chain.client, contract, record.id);
    return { ...record, state, due: providerDue(state) };
  };
  return pMap(accepted, read, { concurrency }).catch((error: unknown) => {
    throw chainError(error, "channels");
  });
}
