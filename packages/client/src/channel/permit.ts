import { erc20Abi } from "@apoc/core";
import {
  type Address,
  BaseError,
  ContractFunctionExecutionError,
  domainSeparator,
  type Hex,
  parseSignature,
} from "viem";
import type { OpenChain } from "../chain/connect-chain.ts";
import type { Signer } from "../ports.ts";

/** A signed ERC-2612 permit, as `createChannelWithPermit` takes it. */
export interface Permit {
  readonly v: number;
  readonly r: Hex;
  readonly s: Hex;
}

/** EIP-712 domain of a token's permits. */
export interface PermitDomain {
  readonly name: string;
  readonly version: string;
  readonly chainId: number;
  readonly verifyingContract: Address;
}

/**
 * Domain of this token's permits, or undefined where it has none: the domain must be the one that the token hashes
 * itself, or a signature would be worthless (ERC-2612; ERC-5267 names it, older tokens use version "1").
 */
export async function readPermitDomain(
  chain: OpenChain,
  token: Address,
  owner: Address,
): Promise<PermitDomain | undefined> {
  const call = { address: token, abi: erc20Abi } as const;
  const { client } = chain;
  try {
    const [separator] = await Promise.all([
      client.readContract({ ...call, functionName: "DOMAIN_SEPARATOR" }),
      client.readContract({ ...call, functionName: "nonces", args: [owner] }),
    ]);
    const named = await client.readContract({ ...call, functionName: "eip712Domain" }).catch(() => undefined);
    const name = named?.[1] ?? (await client.readContract({ ...call, functionName: "name" }));
    for (const version of named === undefined ? ["1", "2"] : [named[2]]) {
      const domain = { name, version, chainId: chain.chainId, verifyingContract: token };
      if (domainSeparator({ domain }) === separator) return domain;
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

/** Signs that the channel contract may take `value` base units until `deadline`, in seconds since 1970. */
export async function signPermit(
  chain: OpenChain,
  signer: Signer,
  domain: PermitDomain,
  value: bigint,
  deadline: bigint,
): Promise<Permit> {
  const owner = signer.address;
  const nonce = await chain.client.readContract({
    address: domain.verifyingContract,
    abi: erc20Abi,
    functionName: "nonces",
    args: [owner],
  });
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
    message: { owner, spender: chain.address("paymentChannel"), value, nonce, deadline },
  });
  const { r, s, yParity } = parseSignature(signature);
  return { v: 27 + yParity, r, s };
}
