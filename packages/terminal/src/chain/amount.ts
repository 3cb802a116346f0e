import { ApocError } from "@apoc/errors";
import { terminalErrors } from "../errors.ts";

const secondsPerHour = 3600n;
/** Rates are base units times 2^32 per second. */
const rateScale = 1n << 32n;

/** Base units as an exact decimal with all digits of the token: `formatAmount(25005000n, 6)` is `25.005000`. */
export function formatAmount(baseUnits: bigint, decimals: number): string {
  const sign = baseUnits < 0n ? "-" : "";
  const digits = (baseUnits < 0n ? -baseUnits : baseUnits).toString().padStart(decimals + 1, "0");
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Base units of a decimal such as `25` or `0.04`; no sign, no exponent. Throws AMOUNT_INVALID, also for dust. */
export function parseAmount(text: string, decimals: number): bigint {
  const match = /^(\d{1,60})(?:\.(\d{1,60}))?$/.exec(text);
  const fraction = match?.[2] ?? "";
  if (match === null || fraction.length > decimals) {
    throw new ApocError(terminalErrors.AMOUNT_INVALID, {
      expected: `a decimal with at most ${decimals} digits after the point`,
      actual: text,
    });
  }
  return BigInt(match[1] + fraction.padEnd(decimals, "0"));
}

/**
 * A rate (base units times 2^32 per second) as a decimal amount per hour, rounded to the nearest base unit. For
 * display only: what is owed is computed from the rate.
 */
export function formatRatePerHour(rate: bigint, decimals: number): string {
  return formatAmount((rate * secondsPerHour + rateScale / 2n) / rateScale, decimals);
}

/** The rate nearest to an amount of base units per hour; `formatRatePerHour` gives the amount back. */
export function ratePerSecond(baseUnitsPerHour: bigint): bigint {
  return (baseUnitsPerHour * rateScale + secondsPerHour / 2n) / secondsPerHour;
}
