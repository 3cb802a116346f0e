import type { License, Offer, ProtectionPolicy } from "@apoc/core";
import { formatAmount, ratePerHour } from "@apoc/core";

/** What is needed of a token to show amounts. */
export interface TokenLabel {
  readonly symbol: string;
  readonly decimals: number;
}

/** `25.000000 tUSD once + 0.040000 tUSD per hour + 10 % of execution`; amounts exact, rates rounded to base units. */
export function describeOffer(offer: Offer, token: TokenLabel): string {
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

/** What a developer must know about what the publisher controls. */
export function untrustedInputWarning(license: License, entrypoint: readonly string[]): string {
  const { policy } = license;
  const lines =
    describePolicy(policy) === "nothing"
      ? ["Publishers can change nothing of how this image is started, never its entrypoint."]
      : [
          `Publishers control: ${describePolicy(policy)}; never the entrypoint.`,
          "Treat all of it as untrusted input: a program that evaluates it gives its code away.",
        ];
  if (entrypoint.length === 0) {
    lines.push(
      policy.args
        ? "The image has no Entrypoint, so `args: true` has no effect: the first argument would be the program."
        : "The image has no Entrypoint, so arguments can never be opened: the first would be the program.",
    );
  }
  return lines.join("\n");
}
