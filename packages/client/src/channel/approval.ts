import { erc20Abi } from "@apoc/core";
import type { Address } from "viem";
import { chainError } from "../chain/chain-error.ts";
import type { OpenChain } from "../chain/connect-chain.ts";
import { sendCall } from "../chain/send-call.ts";
import type { Signer } from "../ports.ts";
import type { WalletStep } from "./wallet-step.ts";

/** Allowances of a token that are set one after the other, so that a contract may take an amount. */
export interface Approval {
  readonly token: Address;
  /** The contract. */
  readonly spender: Address;
  /** Base units; empty where it may take the amount already. */
  readonly values: readonly bigint[];
}

/** Without the boolean that ERC-20 promises: some well-known tokens answer nothing. A refusal reverts. */
const approveAbi = [
  {
    type: "function",
    name: "approve",
    stateMutability: "nonpayable",
    inputs: [
      { name: "spender", type: "address" },
      { name: "value", type: "uint256" },
    ],
    outputs: [],
  },
] as const;

/** What must be approved before a contract can take exactly `amount` base units. Throws CHAIN_UNREACHABLE. */
export async function planApproval(
  chain: OpenChain,
  owner: Address,
  { token, spender, amount }: { readonly token: Address; readonly spender: Address; readonly amount: bigint },
): Promise<Approval> {
  const args = [owner, spender] as const;
  const allowed = await chain.client
    .readContract({ address: token, abi: erc20Abi, functionName: "allowance", args })
    .catch((error: unknown) => {
      throw chainError(error, `token ${token}`);
    });
  if (allowed >= amount) return { token, spender, values: [] };
  // Some tokens refuse to change an allowance that is not zero.
  return { token, spender, values: allowed > 0n ? [0n, amount] : [amount] };
}

/** Sends what {@link planApproval} found. Throws what `sendCall` throws. */
export async function approve(
  chain: OpenChain,
  signer: Signer,
  { token, spender, values }: Approval,
): Promise<void> {
  for (const value of values) {
    await sendCall(chain, signer, {
      address: token,
      abi: approveAbi,
      functionName: "approve",
      args: [spender, value],
    });
  }
}

/** The same as steps of a wallet. */
export function approvalSteps({ token, values }: Approval): WalletStep[] {
  return values.map((amount) => ({
    type: "send-transaction",
    contract: token,
    function: "approve",
    amount,
  }));
}
