import { ApocError } from "@apoc/errors";
import { podErrors } from "../errors.ts";

const binary: Record<string, bigint> = { Ki: 1n << 10n, Mi: 1n << 20n, Gi: 1n << 30n, Ti: 1n << 40n };
const decimal: Record<string, bigint> = {
  "": 1n,
  k: 1_000n,
  M: 1_000_000n,
  G: 1_000_000_000n,
  T: 1_000_000_000_000n,
};

/**
 * Reads a Kubernetes resource quantity ("500m", "0.5", "256Mi") as an integer number of thousandths, rounding up.
 * @throws QUANTITY_INVALID
 */
export function parseMilliQuantity(value: string | number, field: string): bigint {
  const match = /^(\d{1,15})(?:\.(\d{1,9}))?(m|[kMGT]|[KMGT]i)?$/.exec(String(value).trim());
  if (match === null) {
    throw new ApocError(podErrors.QUANTITY_INVALID, {
      field,
      expected: 'such as "500m", "1" or "256Mi"',
      actual: String(value),
    });
  }
  const [, whole, fraction = "", suffix = ""] = match;
  const digits = BigInt(whole! + fraction);
  const multiplier = suffix === "m" ? 1n : 1000n * (binary[suffix] ?? decimal[suffix] ?? 1n);
  const scale = 10n ** BigInt(fraction.length);
  return (digits * multiplier + scale - 1n) / scale;
}

/** CPU in thousandths of a core. */
export function parseCpu(value: string | number, field: string): number {
  return Number(parseMilliQuantity(value, field));
}

/** Memory or storage in bytes, rounded up. */
export function parseBytes(value: string | number, field: string): number {
  return Number((parseMilliQuantity(value, field) + 999n) / 1000n);
}
