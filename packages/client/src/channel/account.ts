import {
  available,
  type ChannelState,
  type ChannelTerms,
  payeeDue,
  providerDue,
  readChannel,
  readPayeeAccount,
  runwaySeconds,
} from "@apoc/core";
import type { Address, Hex } from "viem";
import { chainError } from "../chain/chain-error.ts";
import type { OpenChain } from "../chain/connect-chain.ts";

/** A channel: where it is, and what it was opened with. */
export interface Channel {
  readonly contract: Address;
  readonly id: Hex;
  readonly terms: ChannelTerms;
}

/** A channel as the chain has it at its latest block; amounts in base units. */
export interface ChannelAccount {
  readonly state: ChannelState;
  /** Seconds since 1970, of the latest block. */
  readonly now: number;
  /** Not due to anybody. */
  readonly available: bigint;
  /** Seconds that the funds last; infinite where nothing is charged over time. */
  readonly runway: number;
}

/** What somebody has got of a channel. */
export interface PayeeSpending {
  readonly role: "provider" | "developer";
  readonly payee: Address;
  /** 32 bytes of the digest, for developers. */
  readonly image?: Hex;
  /** Base units: withdrawn, and due. */
  readonly spent: bigint;
}

/** Reads a channel at the latest block. Throws CHAIN_UNREACHABLE. */
export async function readAccount(
  { client }: OpenChain,
  { contract, id, terms }: Channel,
): Promise<ChannelAccount> {
  const [state, { timestamp }] = await Promise.all([
    readChannel(client, contract, id),
    client.getBlock(),
  ]).catch((error: unknown) => {
    throw chainError(error, `channel ${id}`);
  });
  const now = Number(timestamp);
  const over = state.closed || state.deposited === 0n;
  return {
    state,
    now,
    available: available(state, terms.header, now),
    runway: over ? 0 : runwaySeconds(state, terms.header, now),
  };
}

/** What each payee has got or could withdraw now: what the provider claimed, and what is owed to developers. */
export async function readSpending(
  chain: OpenChain,
  { contract, id, terms }: Channel,
  { state, now }: ChannelAccount,
): Promise<PayeeSpending[]> {
  const developers = await Promise.all(
    [...terms.payees.entries()].map(async ([index, payee]): Promise<PayeeSpending> => {
      const account = await readPayeeAccount(chain.client, contract, id, index);
      const due = payeeDue(state, terms.header, payee, account, now);
      return { role: "developer", payee: payee.to, image: payee.imageDigest, spent: account.paid + due };
    }),
  );
  const provider = { role: "provider", payee: terms.header.provider } as const;
  return [{ ...provider, spent: state.providerPaid + providerDue(state) }, ...developers];
}
