import type { Address, Hex, TypedDataDefinition } from "viem";

/** EIP-712 domain of everything that a PaymentChannel verifies. */
export function channelDomain(chainId: number, contract: Address) {
  return { name: "apoc PaymentChannel", version: "1", chainId, verifyingContract: contract } as const;
}

/** What a provider signs to accept a channel in the transaction that creates it; short-lived by `acceptBy`. */
export function quoteTypedData(chainId: number, contract: Address, channelId: Hex): TypedDataDefinition {
  return {
    domain: channelDomain(chainId, contract),
    types: { Quote: [{ name: "channelId", type: "bytes32" }] },
    primaryType: "Quote",
    message: { channelId },
  };
}
