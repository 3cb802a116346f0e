import { type ChannelTerms, paymentChannelAbi } from "@apoc/core";
import type { Address, Hex, TransactionReceipt } from "viem";
import type { OpenChain } from "../chain/connect-chain.ts";
import { sendCall } from "../chain/send-call.ts";
import type { Signer } from "../ports.ts";
import { type Approval, approvalSteps, approve, planApproval } from "./approval.ts";
import { type PermitDomain, readPermitDomain, signPermit } from "./permit.ts";
import type { WalletStep } from "./wallet-step.ts";

/** How a deposit gets into the channel contract: with a signed permit, or with approvals before the call. */
export type DepositMethod =
  | { readonly type: "permit"; readonly domain: PermitDomain }
  | { readonly type: "approval"; readonly approval: Approval };

/** A channel that is to be created, funded and accepted in one transaction. */
export interface ChannelOpening {
  readonly terms: ChannelTerms;
  /** Base units. */
  readonly deposit: bigint;
  /** Provider's signature: with it the channel is accepted when it is created. */
  readonly quote: Hex;
  readonly method: DepositMethod;
}

/** Chooses a permit where the token has them, else approvals of exactly the deposit. Throws CHAIN_UNREACHABLE. */
export async function planDeposit(
  chain: OpenChain,
  owner: Address,
  token: Address,
  deposit: bigint,
): Promise<DepositMethod> {
  const domain = await readPermitDomain(chain, token, owner);
  if (domain !== undefined) return { type: "permit", domain };
  return {
    type: "approval",
    approval: await planApproval(chain, owner, {
      token,
      spender: chain.address("paymentChannel"),
      amount: deposit,
    }),
  };
}

/** Creates, funds and has accepted a channel. Throws what `sendCall` throws. */
export async function openChannel(
  chain: OpenChain,
  signer: Signer,
  { terms, deposit, quote, method }: ChannelOpening,
): Promise<TransactionReceipt> {
  const call = { address: chain.address("paymentChannel"), abi: paymentChannelAbi } as const;
  const { header, payees } = terms;
  if (method.type === "permit") {
    const deadline = BigInt(header.acceptBy);
    const { v, r, s } = await signPermit(chain, signer, method.domain, deposit, deadline);
    const args = [header, quote, deposit, [...payees], deadline, v, r, s] as const;
    return sendCall(chain, signer, { ...call, functionName: "createChannelWithPermit", args });
  }
  await approve(chain, signer, method.approval);
  const args = [header, quote, deposit, [...payees]] as const;
  return sendCall(chain, signer, { ...call, functionName: "createChannel", args });
}

/** What {@link openChannel} asks a wallet for. */
export function openingSteps(
  contract: Address,
  { terms, deposit, method }: Omit<ChannelOpening, "quote">,
): WalletStep[] {
  const { token, acceptBy } = terms.header;
  const permit = method.type === "permit";
  return [
    ...(permit
      ? [
          {
            type: "sign-permit",
            token,
            spender: contract,
            amount: deposit,
            deadline: BigInt(acceptBy),
          } as const,
        ]
      : approvalSteps(method.approval)),
    {
      type: "send-transaction",
      contract,
      function: permit ? "createChannelWithPermit" : "createChannel",
      amount: deposit,
    },
  ];
}

/** Gas of `createChannelWithPermit`, measured: a first part and one for each payee, rounded up. */
const openingGas = { base: 145_000n, payee: 8_000n } as const;

/** Estimated network fee of opening a channel, in wei: measured gas times the present price. Undefined without an answer. */
export async function estimateOpeningFee(chain: OpenChain, payees: number): Promise<bigint | undefined> {
  const price = await chain.client.getGasPrice().catch(() => undefined);
  return price === undefined ? undefined : price * (openingGas.base + openingGas.payee * BigInt(payees));
}
