import {
  describeOffer,
  formatAmount,
  formatDuration,
  formatShare,
  type PriceBreakdown,
  type PriceLine,
  ratePerHour,
  type TokenLabel,
} from "@apoc/core";
import { formatEther } from "viem";
import type { TakenOffer } from "../offer/choose-offers.ts";

/** Everything that the price page of a pod says. */
export interface BreakdownView {
  readonly breakdown: PriceBreakdown;
  readonly token: TokenLabel;
  /** Short name of the provider. */
  readonly provider: string;
  readonly taken: readonly TakenOffer[];
  /** Wei; absent where it cannot be estimated. */
  readonly networkFee: bigint | undefined;
  /** Seconds between unlock and refund. */
  readonly grace: number;
}

/** Least width of the price page, so that short ones look alike. */
const leastWidth = 78;

/** The marketplace notice: which containers run somebody's licensed software, and on what terms. Empty without any. */
export function renderMarketplaceNotice({ taken, token }: BreakdownView): string[] {
  if (taken.length === 0) return [];
  const rows = taken.map(({ containers, image, license, offer }) => [
    containers.join(", "),
    `${image.label}@${shortDigest(image.digest)}`,
    shortAddress(license.developer.slice(license.developer.lastIndexOf(":") + 1)),
    describeOffer(offer, token),
  ]);
  return [
    "! MARKETPLACE. This pod runs licensed, encrypted images. Part of what you pay goes to their",
    "  developers. Terms are bound to the image digest and enforced by the channel contract.",
    "",
    ...columns([["CONTAINER", "IMAGE", "DEVELOPER", "TERMS"], ...rows]).map((line) => `  ${line}`),
    "",
  ];
}

/** The price: a line for each payee and kind, deposit, fee, and what does not come back. */
export function renderBreakdown(view: BreakdownView): string[] {
  const { breakdown, token, networkFee, grace, taken } = view;
  const amount = (value: bigint) => formatAmount(value, token.decimals);
  const labels = columns(breakdown.lines.map((line) => lineLabel(line, view)));
  const spare = breakdown.total - breakdown.lines.reduce((sum, line) => sum + line.amount, 0n);
  const entrypoints = taken.flatMap(({ containers }) => containers.map((name) => `\`${name}\``));
  const rows: (readonly [left: string, right: string])[] = [
    [`PRICE for ${formatDuration(Number(breakdown.seconds))}`, token.symbol],
    ...breakdown.lines.map((line, index) => [labels[index] ?? "", amount(line.amount)] as const),
    ...(spare > 0n ? [["Rounding", amount(spare)] as const] : []),
    ["Deposit", amount(breakdown.total)],
    networkFee === undefined
      ? ["Network fee", "unknown"]
      : ["Network fee, estimated", `${roundEther(networkFee)} ETH`],
  ];
  const width = Math.max(leastWidth, ...rows.map(([left, right]) => left.length + 2 + right.length));
  return [
    ...rows.map(([left, right]) => left.padEnd(width - right.length) + right),
    `Not refundable once the provider accepts: ${amount(breakdown.nonRefundable)}. The rest accrues with time;`,
    `close the pod any time, and what has not accrued returns after the ${formatDuration(grace)} unlock period.`,
    ...(entrypoints.length === 0
      ? []
      : [`Entrypoints of ${entrypoints.join(", ")} are locked by their developers.`]),
  ].map((line) => `  ${line}`);
}

function lineLabel(line: PriceLine, { provider, taken, token }: BreakdownView): string[] {
  const perHour =
    line.rate === undefined ? "" : `${formatAmount(ratePerHour(line.rate), token.decimals)} / h`;
  const who =
    line.role === "provider"
      ? provider
      : (taken.find(({ payee }) => payee.imageDigest === line.image)?.image.label ??
        shortAddress(line.payee));
  const what = {
    execution: "execution, at most",
    "one-time": "once, not refundable",
    "per-time": "per hour",
    share: `${formatShare(line.share ?? 0)} of execution, at most`,
    metered: "metered, at most",
  }[line.kind];
  return [line.role === "provider" ? "Provider" : "Developer", who, what, perHour];
}

/** The same as a document for `--json`; amounts in base units. */
export function breakdownDocument({ breakdown, token, networkFee, grace }: BreakdownView) {
  return {
    token,
    seconds: breakdown.seconds,
    lines: breakdown.lines,
    deposit: breakdown.total,
    nonRefundable: breakdown.nonRefundable,
    networkFeeWei: networkFee ?? null,
    unlockSeconds: grace,
  };
}

/** `sha256:9f2c…71be` without its algorithm: `9f2c…71be`. */
export function shortDigest(digest: string): string {
  const hex = digest.slice(digest.indexOf(":") + 1);
  return `${hex.slice(0, 4)}…${hex.slice(-4)}`;
}

/** `0xDe7e…0aF3`. */
export function shortAddress(address: string): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`;
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Six decimals, rounded up: an estimate should not look smaller than it is. */
function roundEther(wei: bigint): string {
  const unit = 10n ** 12n;
  const [whole = "0", fraction = ""] = formatEther(((wei + unit - 1n) / unit) * unit).split(".");
  return `${whole}.${fraction.padEnd(6, "0")}`;
}
