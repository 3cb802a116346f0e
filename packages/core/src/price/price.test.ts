import fc from "fast-check";
import { expect, test } from "vitest";
import {
  executionCost,
  executionRate,
  formatAmount,
  hourlyRate,
  parseAmount,
  priceBreakdown,
  rateOver,
  ratePerHour,
} from "./index.ts";

const prices = { cpuCore: hourlyRate(40_000n), memoryGiB: hourlyRate(10_000n), storageGiB: 0n };
const pod = {
  version: 1,
  name: "p",
  containers: [
    {
      name: "a",
      image: "x",
      env: [],
      ports: [],
      volumeMounts: [],
      resources: { cpuMillis: 500, memoryBytes: 1 << 29 },
    },
    {
      name: "b",
      image: "y",
      env: [],
      ports: [],
      volumeMounts: [],
      resources: { cpuMillis: 1500, memoryBytes: 1 << 29 },
    },
  ],
  volumes: [],
} as const;

test("amounts are exact in both directions", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: (1n << 96n) - 1n }),
      fc.integer({ min: 0, max: 24 }),
      (value, decimals) => {
        expect(parseAmount(formatAmount(value, decimals), decimals)).toBe(value);
      },
    ),
  );
  expect(formatAmount(1n, 6)).toBe("0.000001");
  expect(() => parseAmount("0.0000001", 6)).toThrowError(expect.objectContaining({ code: "APOC-4001" }));
  expect(() => parseAmount("1e3", 6)).toThrowError(expect.objectContaining({ code: "APOC-4001" }));
});

test("hours at an hourly price cost exactly that price each, for a century", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 12n }),
      fc.bigInt({ min: 1n, max: 876_000n }),
      (price, hours) => {
        expect(rateOver(hourlyRate(price), 3600n * hours)).toBe(price * hours);
        expect(ratePerHour(hourlyRate(price))).toBe(price);
      },
    ),
  );
});

test("execution is priced by what the pod reserves", () => {
  const rate = executionRate(pod, prices);
  expect(ratePerHour(rate)).toBe(90_000n);
  expect(90_000n - executionCost(rate, 3_600_000n)).toBeLessThanOrEqual(1n);
  expect(executionCost(rate, 1_800_000n) * 2n - executionCost(rate, 3_600_000n)).toBeGreaterThanOrEqual(-1n);
});

test("the breakdown adds up and says what is gone at acceptance", () => {
  const header = {
    publisher: "0x1",
    provider: "0x2",
    token: "0x3",
    podId: "0x4",
    meter: "0x0",
    grace: 60,
    acceptBy: 0,
    maxExecRate: executionRate(pod, prices),
    execBurst: 0n,
    sumOneTime: 25_000_000n,
    sumRate: hourlyRate(40_000n),
    sumShare: 100_000,
    payeesRoot: "0x",
  } as const;
  const payee = { imageDigest: "0x", licenseHash: "0x", meteredCap: 0n } as const;
  const payees = [
    { ...payee, to: "0xa", oneTime: 25_000_000n, rate: 0n, share: 100_000 },
    { ...payee, to: "0xb", oneTime: 0n, rate: hourlyRate(40_000n), share: 0 },
  ] as const;
  const { lines, total, nonRefundable } = priceBreakdown({ header, payees }, 720n * 3600n);
  expect(lines.map(({ kind, role }) => `${role} ${kind}`)).toEqual([
    "provider execution",
    "developer one-time",
    "developer share",
    "developer per-time",
  ]);
  expect(total).toBe(lines.reduce((sum, line) => sum + line.amount, 0n) + 2n);
  expect(nonRefundable).toBe(25_000_000n);
  expect(lines[2]!.amount).toBe(lines[0]!.amount / 10n);
});
