import { channelDomain } from "@apoc/core";
import type { Address, Hex, TypedDataDefinition } from "viem";

/** What a meter signs: the cumulative execution cost of a channel (docs/spec/channel.md). */
export function usageTypedData(
  chainId: number,
  contract: Address,
  channelId: Hex,
  exec: bigint,
): TypedDataDefinition {
  const types = {
    Usage: [
      { name: "channelId", type: "bytes32" },
      { name: "exec", type: "uint96" },
    ],
  };
  const domain = channelDomain(chainId, contract);
  return { domain, types, primaryType: "Usage", message: { channelId, exec } };
}

/** What a publisher signs: the cumulative metered total of a payee (docs/spec/channel.md). */
export function voucherTypedData(
  chainId: number,
  contract: Address,
  channelId: Hex,
  index: number,
  cumulative: bigint,
): TypedDataDefinition {
  const types = {
    Voucher: [
      { name: "channelId", type: "bytes32" },
      { name: "index", type: "uint256" },
      { name: "cumulative", type: "uint96" },
    ],
  };
  const domain = channelDomain(chainId, contract);
  return { domain, types, primaryType: "Voucher", message: { channelId, index: BigInt(index), cumulative } };
}
