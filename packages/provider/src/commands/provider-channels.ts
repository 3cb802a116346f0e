import { type ChannelRecord, type ChannelState, providerDue, readChannel } from "@apoc/core";
import { findNetworkChannels, type OpenChain, readToken, type Token } from "@apoc/client";
import pMap from "p-map";
import { type Address, type Hex, isAddressEqual } from "viem";
import { connectProviderChain } from "../claims/index.ts";
import type { ProviderConfig } from "../config/index.ts";
import type { State } from "../state/index.ts";
import { openSqliteState } from "../state/sqlite/index.ts";

/** A channel of this provider with what the chain says of it, amounts in base units. */
export interface ProviderChannel extends ChannelRecord {
  readonly state: ChannelState;
  /** Claimed and not withdrawn. */
  readonly due: bigint;
}

/**
 * All channels that name the provider in a token it accepts, from the chain's events: complete even when the local
 * state is lost. Anybody can make channels in other tokens; they were never quoted, and are left out.
 */
export async function readProviderChannels(
  config: ProviderConfig,
  provider: Address,
  signal: AbortSignal,
): Promise<{ chain: OpenChain; channels: ProviderChannel[] }> {
  const chain = await connectProviderChain(config.chain, signal);
  const all = await findNetworkChannels(chain, { provider });
  const accepted = (token: Address) => config.chain.tokens.some((known) => isAddressEqual(known, token));
  const records = all.filter(({ header }) => accepted(header.token));
  const channels = await pMap(
    records,
    async (record) => {
      const state = await readChannel(chain.client, config.chain.paymentChannel, record.id);
      return { ...record, state, due: providerDue(state) };
    },
    { concurrency: 8 },
  );
  return { chain, channels };
}

/** Symbols and decimals of tokens, each read once. */
export function tokenReader(chain: OpenChain): (token: Address) => Promise<Token> {
  const known = new Map<Address, Promise<Token>>();
  return (address) => {
    const token = known.get(address) ?? readToken(chain, address);
    known.set(address, token);
    return token;
  };
}

/** What was metered here and is not on chain yet; zero where there is no local state. */
export async function unclaimedUsage(config: ProviderConfig): Promise<(id: Hex, claimed: bigint) => bigint> {
  let state: State | undefined;
  try {
    state = await openSqliteState(config.dataDir, { readOnly: true });
    const totals = new Map<Hex, bigint>();
    for (const { id } of (await state.pods.all()).flatMap(({ channels }) => channels)) {
      totals.set(id, await state.usage.total(id));
    }
    return (id, claimed) => {
      const total = totals.get(id) ?? 0n;
      return total > claimed ? total - claimed : 0n;
    };
  } catch {
    return () => 0n;
  } finally {
    await state?.close();
  }
}
