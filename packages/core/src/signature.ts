import type { Address, Hex, TypedDataDefinition } from "viem";
import { verifyTypedData } from "viem";

/** Makes EIP-712 signatures: a viem account, a browser wallet, a contract wallet's owner. */
export interface TypedDataSigner {
  readonly address: Address;
  signTypedData(definition: TypedDataDefinition): Promise<Hex>;
}

/**
 * Whether `address` signed the typed data. An implementation with a chain client also knows contract wallets
 * (ERC-1271); {@link verifyKeySignature} knows key accounts only.
 */
export type SignatureVerifier = (
  address: Address,
  definition: TypedDataDefinition,
  signature: Hex,
) => Promise<boolean>;

/** Verifies signatures of key accounts (EOAs), with no chain. Malformed signatures give false. */
export const verifyKeySignature: SignatureVerifier = async (address, definition, signature) => {
  try {
    return await verifyTypedData({ address, signature, ...definition } as Parameters<
      typeof verifyTypedData
    >[0]);
  } catch {
    return false;
  }
};
