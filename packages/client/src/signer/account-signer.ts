import { createWalletClient, type LocalAccount } from "viem";
import type { Signer } from "../ports.ts";

/** Signs with an account whose key is at hand, and sends through the endpoints of the chain. */
export function accountSigner(account: LocalAccount): Signer {
  return {
    address: account.address,
    signTypedData: (definition) => account.signTypedData(definition),
    sendTransaction(transaction, { client, transport }) {
      return createWalletClient({ account, chain: client.chain, transport }).sendTransaction(transaction);
    },
  };
}
