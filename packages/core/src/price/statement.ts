import { formatShare, type TokenLabel } from "../license/describe-license.ts";
import { formatAmount, ratePerHour } from "./amount.ts";
import type { PriceBreakdown, PriceLine } from "./breakdown.ts";
import { formatDuration } from "./duration.ts";
import type { PricedImage } from "./notice.ts";
import { shortAddress } from "./short-names.ts";

/** Everything that the price page of a pod says. */
export interface PodPrice {
  readonly breakdown: PriceBreakdown;
  readonly token: TokenLabel;
  /** Short name of the provider. */
  readonly provider: string;
  readonly taken: readonly PricedImage[];
  /** Wei; absent where it cannot be estimated. */
  readonly networkFee: bigint | undefined;
  /** Seconds between unlock and refund. */
  readonly grace: number;
}

/** One payment of the price page; amounts in whole tokens. */
export interface PriceRow {
  readonly role: "Provider" | "Developer";
  /** Host of the provider, or label of the image. */
  readonly payee: string;
  /** What is paid for. */
  readonly basis: string;
  readonly perHour: string | undefined;
  readonly amount: string;
}

/** The price page in words; the caller decides the layout. Amounts in whole tokens. */
export interface PriceStatement {
  readonly duration: string;
  /** Symbol of the token. */
  readonly currency: string;
  readonly rows: readonly PriceRow[];
  /** Spare units that keep the last second funded; absent where there are none. */
  readonly rounding: string | undefined;
  readonly deposit: string;
  /** Whole ether with six decimals, rounded up; absent where it cannot be estimated. */
  readonly networkFee: string | undefined;
  /** What does not come back, when the rest does, what is locked; `\n` is where a line of 96 characters ends. */
  readonly remarks: readonly string[];
}

/** Says what a pod costs, whom it pays, and what does not come back. */
export function statePrice({
  breakdown,
  token,
  provider,
  taken,
  networkFee,
  grace,
}: PodPrice): PriceStatement {
  const amount = (value: bigint) => formatAmount(value, token.decimals);
  const spare = breakdown.total - breakdown.lines.reduce((sum, line) => sum + line.amount, 0n);
  const entrypoints = taken.flatMap(({ containers }) => containers.map((name) => `\`${name}\``));
  const payeeOf = (line: PriceLine) =>
    line.role === "provider"
      ? provider
      : (taken.find(({ payee }) => payee.imageDigest === line.image)?.image.label ??
        shortAddress(line.payee));
  return {
    duration: formatDuration(Number(breakdown.seconds)),
    currency: token.symbol,
    rows: breakdown.lines.map((line) => ({
      role: line.role === "provider" ? "Provider" : "Developer",
      payee: payeeOf(line),
      basis: basisOf(line),
      perHour: line.rate === undefined ? undefined : amount(ratePerHour(line.rate)),
      amount: amount(line.amount),
    })),
    rounding: spare > 0n ? amount(spare) : undefined,
    deposit: amount(breakdown.total),
    networkFee: networkFee === undefined ? undefined : roundEther(networkFee),
    remarks: [
      `Not refundable once the provider accepts: ${amount(breakdown.nonRefundable)}. The rest accrues with time;\n` +
        `close the pod any time, and what has not accrued returns after the ${formatDuration(grace)} unlock period.`,
      ...(entrypoints.length === 0
        ? []
        : [`Entrypoints of ${entrypoints.join(", ")} are locked by their developers.`]),
    ],
  };
}

function basisOf({ kind, share }: PriceLine): string {
  return {
    execution: "execution, at most",
    "one-time": "once, not refundable",
    "per-time": "per hour",
    share: `${formatShare(share ?? 0)} of execution, at most`,
    metered: "metered, at most",
  }[kind];
}

/** Six decimals, rounded up: an estimate should not look smaller than it is. */
function roundEther(wei: bigint): string {
  const unit = 10n ** 12n;
  return formatAmount((wei + unit - 1n) / unit, 6);
}
