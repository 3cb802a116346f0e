import type { TypedDataSigner } from "@apoc/core";
import type { LocalAccount } from "viem";

/** A wallet's account as core's signer. */
export function typedDataSigner(account: LocalAccount): TypedDataSigner {
  return { address: account.address, signTypedData: (definition) => account.signTypedData(definition) };
}
