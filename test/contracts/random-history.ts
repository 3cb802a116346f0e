import fc from "fast-check";

/** What the parties of a channel do after its acceptance. `gift` is a stranger's deposit. */
export const operations = [
  "claim",
  "deposit",
  "gift",
  "withdraw",
  "redeem",
  "provider",
  "unlock",
  "terminate",
  "refund",
  "close",
] as const;

/** Amounts from single units to what hides in the upper bits. */
const amount = fc.oneof(fc.bigInt(1n, 50n), fc.bigInt(1n, 1_000_000n), fc.bigInt(1n, 1n << 70n));
const rate = fc.oneof(fc.constant(0n), fc.bigInt(1n, 1n << 34n), fc.bigInt(1n, 1n << 70n));
const payeeTerms = fc.record({
  oneTime: fc.oneof(fc.constant(0n), fc.bigInt(1n, 1000n)),
  rate,
  share: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2_000_000 })),
  meteredCap: fc.oneof(fc.constant(0n), amount),
});
const step = fc.record({
  wait: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 100_000 })),
  kind: fc.constantFrom(...operations, "claim", "claim", "withdraw"),
  index: fc.nat({ max: 3 }),
  amount,
});
/** Terms of a channel, how it is opened, and what its parties then try. */
export const history = fc.record({
  payees: fc.array(payeeTerms, { maxLength: 4 }),
  deposit: amount,
  maxExecRate: rate,
  execBurst: amount,
  acceptAtOnce: fc.boolean(),
  steps: fc.array(step, { minLength: 3, maxLength: 14 }),
});
export type History = typeof history extends fc.Arbitrary<infer T> ? T : never;
