import { ApocError } from "@apoc/errors";
import { paymentErrors } from "../errors.ts";

/** Rates are base units times 2^32 per second (docs/spec/channel.md). */
export const rateScale = 1n << 32n;

/** Reads a decimal amount of whole tokens into base units, exactly. @throws AMOUNT_INVALID */
export function parseAmount(text: string, decimals: number, field = "amount"): bigint {
  const match = /^(\d{1,30})(?:\.(\d+))?$/.exec(text.trim());
  const fraction = match?.[2] ?? "";
  if (match === null || fraction.length > decimals) {
    throw new ApocError(paymentErrors.AMOUNT_INVALID, {
      field,
      expected: `a decimal number with at most ${decimals} decimals`,
      actual: text,
    });
  }
  return BigInt(match[1]! + fraction.padEnd(decimals, "0"));
}

/** Writes base units as whole tokens with all decimals: `12.500000`. */
export function formatAmount(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const sign = value < 0n ? "-" : "";
  return decimals === 0 ? sign + whole : `${sign}${whole}.${digits.slice(digits.length - decimals)}`;
}

/**
 * A price per hour in base units, as a rate. Rounds up (by less than 1/2^32 base unit a second), so that hours cost
 * exactly their price: what is owed is rounded down.
 */
export function hourlyRate(baseUnitsPerHour: bigint): bigint {
  return (baseUnitsPerHour * rateScale + 3599n) / 3600n;
}

/**
 * A rate as base units per hour, rounded to the nearest, for display: the exact amount over time is `rate * s >> 32`.
 */
export function ratePerHour(rate: bigint): bigint {
  return (rate * 3600n + rateScale / 2n) / rateScale;
}

/** What a rate costs over a time, rounded down as the contract does. */
export function rateOver(rate: bigint, seconds: bigint): bigint {
  return (rate * seconds) / rateScale;
}
