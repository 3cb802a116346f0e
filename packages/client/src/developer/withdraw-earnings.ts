import { paymentChannelAbi, paymentErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { type Address, isAddressEqual } from "viem";
import { sendCall } from "../chain/send-call.ts";
import { readTokens, type Token } from "../chain/token.ts";
import type { WalletStep } from "../channel/wallet-step.ts";
import { withdrawEach } from "../channel/withdraw-each.ts";
import type { Withdrawals } from "../channel/withdrawal.ts";
import { clientErrors } from "../errors.ts";
import type { ClientPorts } from "../ports.ts";
import { type Earning, readEarnings } from "./earnings.ts";
import { batchWithdrawals, type WithdrawalBatch } from "./withdrawal-batches.ts";

/** What a developer withdraws. */
export interface WithdrawEarningsRequest {
  /**
   * Ids of channels, or beginnings that only one has. Unless given: all channels in the network's token, since anybody
   * can make channels in others.
   */
  readonly channels?: readonly string[] | undefined;
  /** Account that is paid; the signer's unless given. */
  readonly to?: Address | undefined;
}

/** What a withdrawal will do; nothing has been sent. */
export interface WithdrawEarningsPlan {
  /** Something is available of each. */
  readonly due: readonly Earning[];
  /** Of the channels, by address. */
  readonly tokens: ReadonlyMap<Address, Token>;
  readonly to: Address;
  /** One transaction each. */
  readonly batches: readonly WithdrawalBatch[];
  readonly steps: readonly WalletStep[];
}

/**
 * Plans to withdraw what channels owe the signer as a payee. Nobody else is needed: terms are proven from the contract's
 * events. Throws CHANNEL_UNKNOWN, NOTHING_DUE, CONTRACT_UNCONFIGURED, CHAIN_UNREACHABLE.
 */
export async function planWithdrawEarnings(
  { chain, signer }: Pick<ClientPorts, "chain" | "signer">,
  { channels, to = signer.address }: WithdrawEarningsRequest = {},
): Promise<WithdrawEarningsPlan> {
  const contract = chain.address("paymentChannel");
  const earnings = await readEarnings(chain, signer.address);
  const wanted =
    channels === undefined ? inOwnToken(earnings, chain.network.token) : select(earnings, channels);
  const due = wanted.filter(({ available }) => available > 0n);
  if (due.length === 0) {
    throw new ApocError(paymentErrors.NOTHING_DUE, {
      field: signer.address,
      next: { action: "show-earnings" },
    });
  }
  const batches = batchWithdrawals(due);
  return {
    due,
    tokens: await readTokens(
      chain,
      due.map(({ channel }) => channel.header.token),
    ),
    to,
    batches,
    steps: batches.map(() => ({ type: "send-transaction", contract, function: "withdrawMany" })),
  };
}

/** Sends what {@link planWithdrawEarnings} found. A batch that fails does not stop the others. */
export async function executeWithdrawEarnings(
  ports: Pick<ClientPorts, "chain" | "signer" | "signal" | "onEvent">,
  { batches, to }: WithdrawEarningsPlan,
): Promise<Withdrawals> {
  const { chain, signer } = ports;
  const calls = batches.map(({ earnings, payees, withdrawals }) => ({
    channels: earnings.map(({ channel }) => channel.id),
    token: earnings[0]!.channel.header.token,
    send: () =>
      sendCall(chain, signer, {
        address: chain.address("paymentChannel"),
        abi: paymentChannelAbi,
        functionName: "withdrawMany",
        args: [payees, withdrawals, to],
      }),
  }));
  return withdrawEach(ports, to, calls);
}

function inOwnToken(earnings: readonly Earning[], token: Address | undefined): readonly Earning[] {
  return earnings.filter(({ channel }) => token !== undefined && isAddressEqual(channel.header.token, token));
}

function select(earnings: readonly Earning[], wanted: readonly string[]): readonly Earning[] {
  const chosen = new Set<Earning>();
  for (const id of wanted) {
    const matches = earnings.filter(({ channel }) => channel.id.startsWith(id.toLowerCase()));
    if (!/^0x[0-9a-f]{1,64}$/i.test(id) || new Set(matches.map(({ channel }) => channel.id)).size !== 1) {
      throw new ApocError(clientErrors.CHANNEL_UNKNOWN, {
        field: id,
        expected: "the id of one channel, or a beginning that only one has",
        actual: `${matches.length} channels`,
        next: { action: "show-earnings" },
      });
    }
    for (const match of matches) chosen.add(match);
  }
  return [...chosen];
}
