import type { Address, Hex } from "viem";
import type { ChannelTerms } from "../channel/wire.ts";
import { rateOver } from "./amount.ts";

/** One line of what a publisher pays, and to whom. */
export interface PriceLine {
  readonly payee: Address;
  readonly role: "provider" | "developer";
  /** Digest of the licensed image, for developers. */
  readonly image?: Hex;
  readonly kind: "execution" | "one-time" | "per-time" | "share" | "metered";
  /** Base units times 2^32 per second, for what accrues. */
  readonly rate?: bigint;
  /** Parts per million of execution, for shares. */
  readonly share?: number;
  /** Base units over the whole duration; at most, where metered. */
  readonly amount: bigint;
  /** Does what has not accrued return to the publisher? */
  readonly refundable: boolean;
}

/** The whole price of a channel over a duration. */
export interface PriceBreakdown {
  readonly seconds: bigint;
  readonly lines: readonly PriceLine[];
  /** Sum of all lines: the deposit that lasts for the duration. */
  readonly total: bigint;
  /** Part of the total that is gone once the provider accepts. */
  readonly nonRefundable: bigint;
}

/**
 * Computes the price breakdown from the channel's terms alone, so that command line, web page and provider show the
 * same figures. Execution is the most that the provider can claim.
 */
export function priceBreakdown({ header, payees }: ChannelTerms, seconds: bigint): PriceBreakdown {
  const execution = rateOver(header.maxExecRate, seconds) + header.execBurst;
  const lines: PriceLine[] = [
    {
      payee: header.provider,
      role: "provider",
      kind: "execution",
      rate: header.maxExecRate,
      amount: execution,
      refundable: true,
    },
  ];
  for (const payee of payees) {
    const line = { payee: payee.to, role: "developer", image: payee.imageDigest } as const;
    if (payee.oneTime > 0n)
      lines.push({ ...line, kind: "one-time", amount: payee.oneTime, refundable: false });
    if (payee.rate > 0n) {
      lines.push({
        ...line,
        kind: "per-time",
        rate: payee.rate,
        amount: rateOver(payee.rate, seconds),
        refundable: true,
      });
    }
    if (payee.share > 0) {
      const amount = (execution * BigInt(payee.share)) / 1_000_000n;
      lines.push({ ...line, kind: "share", share: payee.share, amount, refundable: true });
    }
    if (payee.meteredCap > 0n)
      lines.push({ ...line, kind: "metered", amount: payee.meteredCap, refundable: true });
  }
  // Floors of parts may be below the floor of their sum; the spare units keep the last second funded.
  const total = lines.reduce((sum, line) => sum + line.amount, 0n) + BigInt(payees.length);
  return { seconds, lines, total, nonRefundable: header.sumOneTime };
}
