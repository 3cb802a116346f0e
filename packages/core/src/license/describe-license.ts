import { formatAmount, ratePerHour } from "../price/amount.ts";
import type { Offer, ProtectionPolicy } from "./license.ts";

/** What is needed of a token to show amounts. */
export interface TokenLabel {
  readonly symbol: string;
  readonly decimals: number;
}

/** `25.000000 USDC once + 0.040000 USDC per hour + 10 % of execution`; amounts exact, rates rounded to base units. */
export function describeOffer(
  offer: Pick<Offer, "oneTime" | "perSecond" | "executionShare" | "meteredCap">,
  token: TokenLabel,
): string {
  const amount = (value: bigint) => `${formatAmount(value, token.decimals)} ${token.symbol}`;
  const parts = [
    ...(offer.oneTime > 0n ? [`${amount(offer.oneTime)} once`] : []),
    ...(offer.perSecond > 0n ? [`${amount(ratePerHour(offer.perSecond))} per hour`] : []),
    ...(offer.executionShare > 0 ? [`${formatShare(offer.executionShare)} of execution`] : []),
    ...(offer.meteredCap > 0n ? [`metered up to ${amount(offer.meteredCap)}`] : []),
  ];
  return parts.length === 0 ? "free of charge" : parts.join(" + ");
}

/** Parts per million as per cent: `12.5 %`. */
export function formatShare(partsPerMillion: number): string {
  return `${Number(formatAmount(BigInt(partsPerMillion), 4))} %`;
}

/** What a publisher may change, one line. */
export function describePolicy({ args, env, mounts }: ProtectionPolicy): string {
  const opened = [
    ...(args ? ["arguments"] : []),
    ...(env.length > 0 ? [`variables ${env.join(", ")}`] : []),
    ...(mounts.length > 0 ? [`mounts at ${mounts.join(", ")}`] : []),
  ];
  return opened.length === 0 ? "nothing" : opened.join("; ");
}
