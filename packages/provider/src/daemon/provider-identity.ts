import { createHash } from "node:crypto";
import type { Address } from "viem";
import type { ProviderIdentity } from "../admission/index.ts";
import type { ProviderConfig } from "../config/index.ts";
import { pricesFrom } from "./provider-prices.ts";

/** Who this provider is: its account and configuration, for a processor and for tokens of so many decimals. */
export function identityOf(
  { chain, prices, policy }: ProviderConfig,
  address: Address,
  architecture: string,
  decimals: number,
): ProviderIdentity {
  return {
    address,
    chainId: chain.id,
    contract: chain.paymentChannel,
    tokens: chain.tokens,
    architecture,
    prices: pricesFrom(prices, decimals),
    policy: { ...policy, monitors: policy.monitors.map((monitor) => monitor.address) },
  };
}

/** Tells this provider's containers from others' at the same place: the same after a loss of the database. */
export function instanceOf(dataDir: string, address: Address): string {
  return `p-${createHash("sha256").update(`${address.toLowerCase()}\0${dataDir}`).digest("hex").slice(0, 16)}`;
}
