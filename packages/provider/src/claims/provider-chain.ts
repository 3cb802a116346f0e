import { type ChannelHeader, type ChannelState, paymentChannelAbi, readChannel } from "@apoc/core";
import { accountSigner, connectChain, type OpenChain, sendCall } from "@apoc/client";
import type { Hex, LocalAccount } from "viem";
import type { ProviderConfig } from "../config/index.ts";
import { Turns } from "../turns.ts";

/** What the provider does and reads on chain for its own account. */
export interface ProviderChain {
  /** State at the head. */
  channel(id: Hex): Promise<ChannelState>;
  /** Sends `claim` and waits for it; gives the transaction's hash. */
  claim(header: ChannelHeader, exec: bigint): Promise<Hex>;
  /** Sends `terminate` and waits for it: nothing accrues from then on, and the publisher may take the rest. */
  terminate(header: ChannelHeader): Promise<Hex>;
}

/** Connects to the configured chain for one command or transaction. @throws CHAIN_UNREACHABLE, CHAIN_MISMATCH */
export function connectProviderChain(
  chain: ProviderConfig["chain"],
  signal: AbortSignal,
): Promise<OpenChain> {
  return connectChain(
    {
      name: "provider",
      chain: `eip155:${chain.id}`,
      rpc: chain.rpc,
      paymentChannel: chain.paymentChannel,
      marketplace: chain.marketplace,
      token: chain.tokens[0],
    },
    signal,
  );
}

/**
 * Opens the chain for an account. Connects again for each use, so that the daemon starts and keeps running while no RPC
 * answers. Transactions are sent one after the other, so that their nonces do not collide.
 */
export function openProviderChain(
  chain: ProviderConfig["chain"],
  account: LocalAccount,
  signal: AbortSignal,
): ProviderChain {
  const signer = accountSigner(account);
  const turns = new Turns();
  const connect = () => connectProviderChain(chain, signal);
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => turns.run(account.address, work);
  const call = { address: chain.paymentChannel, abi: paymentChannelAbi } as const;
  return {
    channel: async (id) => readChannel((await connect()).client, chain.paymentChannel, id),
    claim: (header, exec) =>
      inTurn(async () => {
        const args = [header, exec, "0x"] as const;
        return (await sendCall(await connect(), signer, { ...call, functionName: "claim", args }))
          .transactionHash;
      }),
    terminate: (header) =>
      inTurn(async () => {
        const args = [header] as const;
        return (await sendCall(await connect(), signer, { ...call, functionName: "terminate", args }))
          .transactionHash;
      }),
  };
}
