/** The checks, in the order in which they run; the first failure wins (docs/spec/admission.md). */
export const checkNames = [
  "request",
  "freshness",
  "identity",
  "license",
  "grant",
  "terms",
  "funds",
  "protection",
  "possession",
] as const;
export type CheckName = (typeof checkNames)[number];
