import type { ProviderInfo } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { type Address, isAddressEqual } from "viem";
import type { OpenChain } from "../chain/connect-chain.ts";
import { clientErrors } from "../errors.ts";

/** Seconds beyond the provider's minimum that pass until it looks at the funds. */
const runwayMargin = 60;

/** Makes sure that a provider works on this chain, with its contract and token. Throws PROVIDER_CHAIN. */
export function assertSameChain(
  info: ProviderInfo,
  provider: Address,
  chain: OpenChain,
  token: Address,
): void {
  const refuse = (field: string, expected: string, actual: string) => {
    const next = { action: "list-chains" } as const;
    throw new ApocError(clientErrors.PROVIDER_CHAIN, { field, expected, actual, next });
  };
  const contract = chain.address("paymentChannel");
  if (info.chainId !== chain.chainId) refuse("chain", chain.caip2, `eip155:${info.chainId}`);
  if (!isAddressEqual(info.provider, provider)) refuse("provider", provider, info.provider);
  if (!isAddressEqual(info.contract, contract)) refuse("contract", contract, info.contract);
  if (!info.tokens.some((one) => isAddressEqual(one, token))) {
    refuse("token", token, info.tokens.join(" or ") || "none");
  }
}

/** Makes sure that a deposit lasts as long as the provider demands. Throws DURATION_TOO_SHORT with field `seconds`. */
export function assertLongEnough(seconds: number, { policy }: ProviderInfo): void {
  const least = policy.minRunwaySeconds + runwayMargin;
  if (seconds >= least) return;
  throw new ApocError(clientErrors.DURATION_TOO_SHORT, {
    field: "seconds",
    expected: `at least ${least} s`,
    actual: `${seconds} s`,
    next: { action: "pay-longer", subject: `${Math.ceil(least / 60)}m` },
  });
}
