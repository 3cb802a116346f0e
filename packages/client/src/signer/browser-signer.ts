import { type Address, createWalletClient, custom, type EIP1193Provider, numberToHex } from "viem";
import { chainError } from "../chain/chain-error.ts";
import type { Signer } from "../ports.ts";

/**
 * Signs and sends with a wallet in a browser (EIP-1193), for an account that the page was connected to. The wallet is
 * asked to change to the chain of a transaction where it is on another one.
 */
export function browserSigner(provider: EIP1193Provider, address: Address): Signer {
  const transport = custom(provider);
  const coded = async <T>(where: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw chainError(error, where);
    }
  };
  return {
    address,
    signTypedData: (definition) =>
      coded("signature", () => createWalletClient({ account: address, transport }).signTypedData(definition)),
    sendTransaction: (transaction, { client, chainId }) =>
      coded("transaction", async () => {
        const wallet = createWalletClient({ account: address, chain: client.chain, transport });
        if ((await wallet.getChainId()) !== chainId) {
          const chain = numberToHex(chainId);
          await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId: chain }] });
        }
        return wallet.sendTransaction(transaction);
      }),
  };
}
