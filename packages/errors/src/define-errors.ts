import type { ErrorCode, ErrorDescriptor, ErrorKind } from "./apoc-error.ts";

/** Each area owns a thousand: the first digit of its codes. */
export const areas = {
  oci: 1,
  ocicrypt: 2,
  attestation: 3,
  payment: 4,
  pod: 5,
  admission: 6,
  provider: 7,
  devnet: 8,
  cli: 9,
} as const;
export type ErrorArea = keyof typeof areas;

type Table = Record<string, readonly [number: number, kind: ErrorKind, title: string]>;

/**
 * Declares the errors of an area: `{ NAME: [number, kind, title] }`, number within the area's thousand.
 * Throws at load when a number is outside the area or used twice in the table.
 */
export function defineErrors<const T extends Table>(
  area: ErrorArea,
  table: T,
): { readonly [Name in keyof T]: ErrorDescriptor } {
  const seen = new Set<number>();
  const entries = Object.entries(table).map(([name, [number, kind, title]]) => {
    if (Math.floor(number / 1000) !== areas[area] || seen.has(number)) {
      throw new RangeError(`error ${name} of ${area}: number ${number} is outside its area or used twice`);
    }
    seen.add(number);
    const descriptor: ErrorDescriptor = { code: `APOC-${number}` as ErrorCode, name, title, kind };
    return [name, descriptor] as const;
  });
  return Object.fromEntries(entries) as { readonly [Name in keyof T]: ErrorDescriptor };
}
