import fc from "fast-check";

/** What the parties of a channel do after its creation. `gift` is a stranger's deposit. */
export const operations = [
  "accept",
  "claim",
  "claimAndWithdraw",
  "deposit",
  "gift",
  "withdraw",
  "withdrawFor",
  "withdrawMany",
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
  /** Which of the developers. */
  to: fc.nat({ max: 2 }),
  oneTime: fc.oneof(fc.constant(0n), fc.bigInt(1n, 1000n)),
  rate,
  share: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2_000_000 })),
  meteredCap: fc.oneof(fc.constant(0n), amount),
});
const step = fc.record({
  wait: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 100_000 })),
  kind: fc.constantFrom(...operations, "claim", "claim", "withdraw"),
  /** Which of the channels. */
  on: fc.nat({ max: 1 }),
  index: fc.nat({ max: 3 }),
  amount,
});
const terms = fc.record({
  deposit: amount,
  maxExecRate: rate,
  execBurst: amount,
  metered: fc.boolean(),
  acceptAtOnce: fc.boolean(),
});
/** Terms of one or two channels with the same payees, and what their parties then try. */
export const history = fc.record({
  payees: fc.array(payeeTerms, { maxLength: 4 }),
  channels: fc.array(terms, { minLength: 1, maxLength: 2 }),
  steps: fc.array(step, { minLength: 3, maxLength: 14 }),
});
export type History = typeof history extends fc.Arbitrary<infer T> ? T : never;
export type Step = History["steps"][number];
