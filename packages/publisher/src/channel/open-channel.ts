import { type ChannelTerms, erc20Abi, paymentChannelAbi } from "@apoc/core";
import { type OpenChain, sendCall, type Signer } from "@apoc/client";
import type { TransactionReceipt } from "viem";
import { readPermitTerms, signPermit } from "./permit.ts";

/** What the one transaction does. */
export interface ChannelOpening {
  readonly terms: ChannelTerms;
  /** Base units. */
  readonly deposit: bigint;
  /** Provider's signature: with it the channel is accepted when it is created. */
  readonly quote: `0x${string}`;
}

/**
 * Creates, funds and has accepted a channel in one transaction, with a permit; tokens without permits need an approval
 * of exactly the deposit before it. Throws what `sendCall` throws.
 */
export async function openChannel(
  chain: OpenChain,
  signer: Signer,
  { terms, deposit, quote }: ChannelOpening,
): Promise<TransactionReceipt> {
  const contract = chain.address("paymentChannel");
  const { header, payees } = terms;
  const permitTerms = await readPermitTerms(chain, header.token, signer.address);
  if (permitTerms !== undefined) {
    const deadline = BigInt(header.acceptBy);
    const { v, r, s } = await signPermit(permitTerms, signer, contract, deposit, deadline);
    return sendCall(chain, signer, {
      address: contract,
      abi: paymentChannelAbi,
      functionName: "createChannelWithPermit",
      args: [header, quote, deposit, [...payees], deadline, v, r, s],
    });
  }
  await approveExactly(chain, signer, header.token, deposit);
  return sendCall(chain, signer, {
    address: contract,
    abi: paymentChannelAbi,
    functionName: "createChannel",
    args: [header, quote, deposit, [...payees]],
  });
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

/** Lets the channel contract take `amount`, unless it may already. */
export async function approveExactly(
  chain: OpenChain,
  signer: Signer,
  token: `0x${string}`,
  amount: bigint,
): Promise<void> {
  const spender = chain.address("paymentChannel");
  const allowed = await chain.client.readContract({
    address: token,
    abi: erc20Abi,
    functionName: "allowance",
    args: [signer.address, spender],
  });
  if (allowed >= amount) return;
  // Some tokens refuse to change an allowance that is not zero.
  for (const value of allowed > 0n ? [0n, amount] : [amount]) {
    await sendCall(chain, signer, {
      address: token,
      abi: approveAbi,
      functionName: "approve",
      args: [spender, value],
    });
  }
}

/** Gas of `createChannelWithPermit`, measured: a first part and one for each payee, rounded up. */
const openingGas = { base: 145_000n, payee: 8_000n } as const;

/** Estimated network fee of opening a channel, in wei: measured gas times the present price. Undefined without an answer. */
export async function estimateOpeningFee(chain: OpenChain, payees: number): Promise<bigint | undefined> {
  const price = await chain.client.getGasPrice().catch(() => undefined);
  return price === undefined ? undefined : price * (openingGas.base + openingGas.payee * BigInt(payees));
}
