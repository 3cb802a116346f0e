import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAmount, formatRatePerHour, parseAmount, ratePerSecond } from "./amount.ts";

test.each([
  [25_005_000n, 6, "25.005000"],
  [1n, 18, "0.000000000000000001"],
  [-5n, 1, "-0.5"],
  [7n, 0, "7"],
  [0n, 2, "0.00"],
])("%s base units of %i decimals are %s", (amount, decimals, text) => {
  expect(formatAmount(amount, decimals)).toBe(text);
});

test.each(["", "-1", "1e3", "1.", ".5", "1,5", "0x1", "1.2345678", " 1", "Infinity"])(
  "%j is no amount of 6 decimals",
  (text) => {
    expect(() => parseAmount(text, 6)).toThrow(expect.objectContaining({ code: "APOC-9046" }));
  },
);

test("what is formatted parses to the same number", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 96n }),
      fc.integer({ min: 0, max: 36 }),
      (amount, decimals) => {
        expect(parseAmount(formatAmount(amount, decimals), decimals)).toBe(amount);
      },
    ),
  );
  expect(parseAmount("94", 6)).toBe(94_000_000n);
});

test("a price per hour survives the trip through a rate per second", () => {
  expect(formatRatePerHour(ratePerSecond(40_000n), 6)).toBe("0.040000");
  expect(formatRatePerHour(0n, 6)).toBe("0.000000");
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n }), (perHour) => {
      expect(formatRatePerHour(ratePerSecond(perHour), 0)).toBe(perHour.toString());
    }),
  );
});
