import { parseAmount, paymentErrors, formatAmount, type TokenLabel } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Context } from "@apoc/terminal";
import { publisherErrors } from "../errors.ts";

/**
 * Refuses to spend more than `--max-total`; without a terminal to ask on, `--yes` needs one. `amount` in base units,
 * `maxTotal` in whole tokens. Throws MAX_TOTAL_NEEDED, OVER_MAX_TOTAL, AMOUNT_INVALID.
 */
export function assertWithinLimit(
  { flags, ui }: Pick<Context, "flags" | "ui">,
  amount: bigint,
  maxTotal: string | undefined,
  token: TokenLabel,
): void {
  const needed = formatAmount(amount, token.decimals);
  if (maxTotal === undefined) {
    if (!flags.yes && ui.interactive) return;
    throw new ApocError(publisherErrors.MAX_TOTAL_NEEDED, {
      field: "--max-total",
      expected: `at least ${needed} ${token.symbol}`,
      next: { action: "raise-limit", subject: needed },
    });
  }
  const limit = parseAmount(maxTotal, token.decimals, "--max-total");
  if (amount <= limit) return;
  throw new ApocError(paymentErrors.OVER_MAX_TOTAL, {
    field: "--max-total",
    expected: `at least ${needed} ${token.symbol}`,
    actual: `${formatAmount(limit, token.decimals)} ${token.symbol}`,
    next: { action: "raise-limit", subject: needed },
  });
}
