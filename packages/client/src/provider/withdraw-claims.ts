import { claimCap, paymentChannelAbi, paymentErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Address, Hex } from "viem";
import { chainError } from "../chain/chain-error.ts";
import { sendCall } from "../chain/send-call.ts";
import { readTokens, type Token } from "../chain/token.ts";
import type { WalletStep } from "../channel/wallet-step.ts";
import { withdrawEach } from "../channel/withdraw-each.ts";
import type { Withdrawals } from "../channel/withdrawal.ts";
import type { ClientPorts } from "../ports.ts";
import { type ProviderChannel, readProviderChannels } from "./channels.ts";

/** What a provider withdraws. */
export interface WithdrawClaimsRequest {
  /** Tokens that the provider accepts: channels in others are left out. */
  readonly tokens: readonly Address[];
  /** Ids of channels; all unless given. */
  readonly channels?: readonly string[] | undefined;
  /** Account that is paid; the signer's unless given. */
  readonly to?: Address | undefined;
  /** What was metered in a channel and is not claimed yet, base units: claimed in the same transaction. */
  readonly unclaimed?: (channel: ProviderChannel) => bigint;
}

/** What is taken from one channel. */
export interface ProviderWithdrawal {
  readonly channel: ProviderChannel;
  /** Base units: due now, and what the claim adds. */
  readonly due: bigint;
  /** Cumulative execution cost that is claimed before, where it is more than what the channel has. */
  readonly exec: bigint | undefined;
}

/** What a withdrawal will do; nothing has been sent. */
export interface WithdrawClaimsPlan {
  /** One transaction each. */
  readonly withdrawals: readonly ProviderWithdrawal[];
  /** Of the channels, by address. */
  readonly tokens: ReadonlyMap<Address, Token>;
  readonly to: Address;
  readonly steps: readonly WalletStep[];
}

type WithdrawPorts = Pick<ClientPorts, "chain" | "signer">;

/**
 * Plans to withdraw what channels owe the signer as their provider.
 * Throws CHANNEL_UNKNOWN, NOTHING_DUE, CONTRACT_UNCONFIGURED, CHAIN_UNREACHABLE.
 */
export async function planWithdrawClaims(
  { chain, signer }: WithdrawPorts,
  { tokens, channels: wanted, to = signer.address, unclaimed = () => 0n }: WithdrawClaimsRequest,
): Promise<WithdrawClaimsPlan> {
  const contract = chain.address("paymentChannel");
  const channels = await readProviderChannels(chain, signer.address, tokens);
  const unknown = wanted?.find((id) => !channels.some((channel) => channel.id === id));
  if (unknown !== undefined) throw new ApocError(paymentErrors.CHANNEL_UNKNOWN, { field: unknown });
  const { timestamp } = await chain.client.getBlock().catch((error: unknown) => {
    throw chainError(error, "head");
  });
  const withdrawals = channels
    .filter(({ id }) => wanted?.includes(id) ?? true)
    .map((channel) => withdrawalOf(channel, unclaimed(channel), Number(timestamp)))
    .filter(({ due }) => due > 0n);
  if (withdrawals.length === 0) throw new ApocError(paymentErrors.NOTHING_DUE, { field: signer.address });
  return {
    withdrawals,
    tokens: await readTokens(
      chain,
      withdrawals.map(({ channel }) => channel.header.token),
    ),
    to,
    steps: withdrawals.map(({ exec, due }) => ({
      type: "send-transaction",
      contract,
      function: exec === undefined ? "withdrawProvider" : "claimAndWithdraw",
      amount: due,
    })),
  };
}

/** Sends what {@link planWithdrawClaims} found. A channel that fails does not stop the others. */
export async function executeWithdrawClaims(
  ports: WithdrawPorts & Pick<ClientPorts, "signal" | "onEvent">,
  { withdrawals, to }: WithdrawClaimsPlan,
): Promise<Withdrawals> {
  const { chain, signer } = ports;
  const call = { address: chain.address("paymentChannel"), abi: paymentChannelAbi } as const;
  const calls = withdrawals.map(({ channel: { id, header }, exec }) => ({
    channels: [id] as readonly Hex[],
    token: header.token,
    send: () =>
      exec === undefined
        ? sendCall(chain, signer, { ...call, functionName: "withdrawProvider", args: [header, to] })
        : sendCall(chain, signer, {
            ...call,
            functionName: "claimAndWithdraw",
            args: [header, exec, "0x", to],
          }),
  }));
  return withdrawEach(ports, to, calls);
}

/** What a channel pays now, and together with what can still be claimed of `unclaimed`. */
function withdrawalOf(channel: ProviderChannel, unclaimed: bigint, now: number): ProviderWithdrawal {
  const { header, state, due } = channel;
  const total = state.exec + unclaimed;
  const cap = claimCap(state, header, now);
  const claimed = total < cap ? total : cap;
  return claimed > state.exec
    ? { channel, due: due + claimed - state.exec, exec: total }
    : { channel, due, exec: undefined };
}
