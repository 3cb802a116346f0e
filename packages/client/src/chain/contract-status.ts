import { chainError } from "./chain-error.ts";
import type { ContractName, OpenChain } from "./connect-chain.ts";

/** A configured contract and whether there is code at its address. */
export interface ContractStatus {
  readonly contract: ContractName;
  readonly address: `0x${string}` | null;
  readonly deployed: boolean;
}

/** Looks at the address of each contract of the network. Throws CHAIN_UNREACHABLE. */
export async function readContracts(chain: OpenChain): Promise<ContractStatus[]> {
  const names: readonly ContractName[] = ["paymentChannel", "marketplace", "token"];
  return Promise.all(
    names.map(async (contract) => {
      const address = chain.network[contract];
      if (address === undefined) return { contract, address: null, deployed: false };
      const code = await chain.client.getCode({ address }).catch((error: unknown) => {
        throw chainError(error, contract);
      });
      return { contract, address, deployed: code !== undefined && code !== "0x" };
    }),
  );
}
