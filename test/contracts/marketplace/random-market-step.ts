import fc from "fast-check";

/** What the parties of a market do. `accept` is a transfer that is taken. */
export const operations = [
  "register",
  "revise",
  "retire",
  "transfer",
  "accept",
  "bid",
  "topUp",
  "cancel",
  "collect",
  "withdraw",
  "revokeGrants",
  "revokeOffers",
  "attest",
  "revokeAttestation",
] as const;
const amount = fc.oneof(fc.bigInt(0n, 50n), fc.bigInt(0n, 1_000_000n), fc.bigInt(1n << 60n, 1n << 70n));
/** One step; what it names is looked up in what there is. */
export const step = fc.record({
  wait: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 100_000 })),
  kind: fc.constantFrom(...operations, "bid", "bid", "bid", "bid", "topUp", "collect"),
  who: fc.nat({ max: 2 }),
  which: fc.nat({ max: 4 }),
  second: fc.boolean(),
  amount,
  rate: fc.oneof(fc.bigInt(1n, 1n << 34n), fc.bigInt(1n, 1n << 70n)),
});
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
