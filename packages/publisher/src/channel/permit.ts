import { erc20Abi } from "@apoc/core";
import type { OpenChain, Signer } from "@apoc/client";
import {
  type Address,
  BaseError,
  ContractFunctionExecutionError,
  domainSeparator,
  parseSignature,
} from "viem";

/** A signed ERC-2612 permit, as `createChannelWithPermit` takes it. */
export interface Permit {
  readonly deadline: bigint;
  readonly v: number;
  readonly r: `0x${string}`;
  readonly s: `0x${string}`;
}

/** EIP-712 domain and nonce of a token's permits. */
export interface PermitTerms {
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: number;
    readonly verifyingContract: Address;
  };
  readonly nonce: bigint;
}

/**
 * Domain and nonce for a permit of this token, or undefined where it has none: the domain must be the one that the token
 * hashes itself, or a signature would be worthless (ERC-2612; ERC-5267 names it, older tokens use version "1").
 */
export async function readPermitTerms(
  chain: OpenChain,
  token: Address,
  owner: Address,
): Promise<PermitTerms | undefined> {
  const call = { address: token, abi: erc20Abi } as const;
  const { client } = chain;
  try {
    const [separator, nonce] = await Promise.all([
      client.readContract({ ...call, functionName: "DOMAIN_SEPARATOR" }),
      client.readContract({ ...call, functionName: "nonces", args: [owner] }),
    ]);
    const named = await client.readContract({ ...call, functionName: "eip712Domain" }).catch(() => undefined);
    const name = named?.[1] ?? (await client.readContract({ ...call, functionName: "name" }));
    for (const version of named === undefined ? ["1", "2"] : [named[2]]) {
      const domain = { name, version, chainId: chain.chainId, verifyingContract: token };
      if (domainSeparator({ domain }) === separator) return { domain, nonce };
    }
    return undefined;
  } catch (error) {
    // A token without these functions reverts; anything else is a failure of the chain.
    if (
      error instanceof BaseError &&
      error.walk((e) => e instanceof ContractFunctionExecutionError) !== null
    ) {
      return undefined;
    }
    throw error;
  }
}

/** Signs that the channel contract may take `value` until `deadline` (seconds). */
export async function signPermit(
  { domain, nonce }: PermitTerms,
  signer: Signer,
  spender: Address,
  value: bigint,
  deadline: bigint,
): Promise<Permit> {
  const signature = await signer.signTypedData({
    domain,
    types: {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "Permit",
    message: { owner: signer.address, spender, value, nonce, deadline },
  });
  const { r, s, yParity } = parseSignature(signature);
  return { deadline, v: 27 + yParity, r, s };
}
