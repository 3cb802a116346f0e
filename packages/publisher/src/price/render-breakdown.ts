import { marketplaceNotice, type PodPrice, statePrice } from "@apoc/core";

/** Least width of the price page, so that short ones look alike. */
const leastWidth = 78;

/** The marketplace notice as lines: which containers run somebody's licensed software, and on what terms. */
export function renderMarketplaceNotice({ taken, token }: PodPrice): string[] {
  const notice = marketplaceNotice(taken, token);
  if (notice === undefined) return [];
  const rows = notice.rows.map(({ containers, image, developer, terms }) => [
    containers,
    image,
    developer,
    terms,
  ]);
  return [
    ...notice.text.split("\n").map((line, index) => `${index === 0 ? "!" : " "} ${line}`),
    "",
    ...columns([["CONTAINER", "IMAGE", "DEVELOPER", "TERMS"], ...rows]).map((line) => `  ${line}`),
    "",
  ];
}

/** The price as lines: one for each payee and kind, deposit, fee, and what does not come back. */
export function renderBreakdown(price: PodPrice): string[] {
  const { duration, currency, rows, rounding, deposit, networkFee, remarks } = statePrice(price);
  const labels = columns(
    rows.map(({ role, payee, basis, perHour }) => [
      role,
      payee,
      basis,
      perHour === undefined ? "" : `${perHour} / h`,
    ]),
  );
  const lines: (readonly [left: string, right: string])[] = [
    [`PRICE for ${duration}`, currency],
    ...rows.map(({ amount }, index) => [labels[index] ?? "", amount] as const),
    ...(rounding === undefined ? [] : [["Rounding", rounding] as const]),
    ["Deposit", deposit],
    networkFee === undefined ? ["Network fee", "unknown"] : ["Network fee, estimated", `${networkFee} ETH`],
  ];
  const width = Math.max(leastWidth, ...lines.map(([left, right]) => left.length + 2 + right.length));
  return [
    ...lines.map(([left, right]) => left.padEnd(width - right.length) + right),
    ...remarks.flatMap((remark) => remark.split("\n")),
  ].map((line) => `  ${line}`);
}

/** The price as a document for `--json`; amounts in base units. */
export function breakdownDocument({ breakdown, token, networkFee, grace }: PodPrice) {
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

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
