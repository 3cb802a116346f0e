import { ApocError } from "@apoc/errors";
import { type Address, getAddress } from "viem";
import { paymentErrors } from "./errors.ts";

/** CAIP-2 id of an EVM chain: `eip155:` and the decimal chain id. */
export type ChainName = `eip155:${string}`;
/** CAIP-10 id of an account on an EVM chain, address in EIP-55 form. */
export type AccountName = `eip155:${string}:${Address}`;

export function chainName(chainId: number | bigint): ChainName {
  return `eip155:${chainId}`;
}

/** Reads a CAIP-2 id. @throws CHAIN_ID_INVALID */
export function parseChainName(text: string, field = "chain"): number {
  const match = /^eip155:([1-9]\d{0,15})$/.exec(text);
  const id = match === null ? Number.NaN : Number(match[1]);
  if (!Number.isSafeInteger(id)) {
    throw new ApocError(paymentErrors.CHAIN_ID_INVALID, {
      field,
      expected: "eip155:<decimal id>",
      actual: text,
    });
  }
  return id;
}

export function accountName(chainId: number | bigint, address: Address): AccountName {
  return `eip155:${chainId}:${getAddress(address)}`;
}

/** Reads a CAIP-10 id; the address must be in EIP-55 form, so that equal accounts have equal bytes. @throws CHAIN_ID_INVALID */
export function parseAccountName(text: string, field = "account"): { chainId: number; address: Address } {
  const match = /^(eip155:\d+):(0x[0-9a-fA-F]{40})$/.exec(text);
  if (match === null || match[2] !== checksummed(match[2]!)) {
    throw new ApocError(paymentErrors.CHAIN_ID_INVALID, {
      field,
      expected: "eip155:<decimal id>:<EIP-55 address>",
      actual: text,
    });
  }
  return { chainId: parseChainName(match[1]!, field), address: match[2] as Address };
}

function checksummed(address: string): string {
  return getAddress(address.toLowerCase());
}
