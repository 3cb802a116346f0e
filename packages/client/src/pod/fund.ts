import { paymentChannelAbi, paymentErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Hex } from "viem";
import { sendCall } from "../chain/send-call.ts";
import { readToken, type Token } from "../chain/token.ts";
import { clientErrors } from "../errors.ts";
import type { ClientPorts } from "../ports.ts";
import { type ChannelAccount, readAccount } from "../channel/account.ts";
import { type Approval, approvalSteps, approve, planApproval } from "../channel/approval.ts";
import { findShortfall } from "../channel/balance.ts";
import type { WalletStep } from "../channel/wallet-step.ts";
import { assertNetwork } from "./ownership.ts";
import { type Deployment, payingChannel } from "./record.ts";

/** What funding needs. */
export type FundPorts = Pick<ClientPorts, "chain" | "signer">;

/** An addition to the deposit of a pod's channel; nothing has been sent. */
export interface FundPlan {
  readonly deployment: Deployment;
  readonly token: Token;
  /** Base units. */
  readonly amount: bigint;
  readonly approval: Approval;
  readonly steps: readonly WalletStep[];
}

/** A deposit that is on the chain. */
export interface Funded {
  readonly transaction: Hex;
  readonly block: bigint;
  /** The channel after it. */
  readonly account: ChannelAccount;
}

/**
 * Plans to add `amount` base units to a pod's channel; while it is being closed, this cancels the closing.
 * Throws AMOUNT_INVALID, NETWORK_OTHER, POD_CLOSED, INSUFFICIENT_FUNDS, CHAIN_UNREACHABLE.
 */
export async function planFund(
  { chain, signer }: FundPorts,
  deployment: Deployment,
  amount: bigint,
): Promise<FundPlan> {
  assertNetwork(chain, deployment);
  const { name } = deployment;
  const channel = payingChannel(deployment);
  const { contract, terms } = channel;
  if (amount <= 0n) {
    throw new ApocError(paymentErrors.AMOUNT_INVALID, {
      field: "amount",
      expected: "more than 0",
      actual: String(amount),
    });
  }
  const token = await readToken(chain, terms.header.token);
  const { state } = await readAccount(chain, channel);
  if (state.closed) throw new ApocError(clientErrors.POD_CLOSED, { field: name });
  const shortfall = await findShortfall(chain, signer.address, token, amount);
  if (shortfall !== undefined) throw shortfall;
  const approval = await planApproval(chain, signer.address, {
    token: token.address,
    spender: contract,
    amount,
  });
  const deposit = { contract, function: "deposit", amount } as const;
  const steps: WalletStep[] = [...approvalSteps(approval), { type: "send-transaction", ...deposit }];
  return { deployment, token, amount, approval, steps };
}

/** Sends what {@link planFund} found. Throws what `sendCall` throws. */
export async function executeFund({ chain, signer }: FundPorts, plan: FundPlan): Promise<Funded> {
  const { amount, approval } = plan;
  const channel = payingChannel(plan.deployment);
  await approve(chain, signer, approval);
  const receipt = await sendCall(chain, signer, {
    address: channel.contract,
    abi: paymentChannelAbi,
    functionName: "deposit",
    args: [channel.terms.header, amount],
  });
  return {
    transaction: receipt.transactionHash,
    block: receipt.blockNumber,
    account: await readAccount(chain, channel),
  };
}
