import { expect, test } from "vitest";
import {
  available,
  type ChannelHeader,
  type ChannelState,
  claimCap,
  fundedSeconds,
  type Payee,
  payeeDue,
  providerDue,
  runwaySeconds,
} from "./accrual.ts";
import { payeesRoot, sums } from "./payees-root.ts";

const perSecond = (units: bigint) => units << 32n;
const zero = `0x${"00".repeat(20)}` as const;
const payees: readonly Payee[] = [
  {
    to: `0x${"d1".repeat(20)}`,
    imageDigest: `0x${"01".repeat(32)}`,
    licenseHash: `0x${"02".repeat(32)}`,
    oneTime: 100n,
    rate: perSecond(3n),
    share: 100_000,
    meteredCap: 50n,
  },
  {
    to: `0x${"d2".repeat(20)}`,
    imageDigest: `0x${"03".repeat(32)}`,
    licenseHash: `0x${"04".repeat(32)}`,
    oneTime: 0n,
    rate: perSecond(1n) / 2n,
    share: 0,
    meteredCap: 0n,
  },
];
const header: ChannelHeader = {
  publisher: `0x${"aa".repeat(20)}`,
  provider: `0x${"bb".repeat(20)}`,
  token: `0x${"cc".repeat(20)}`,
  podId: `0x${"05".repeat(32)}`,
  meter: zero,
  grace: 3600,
  acceptBy: 2000,
  maxExecRate: perSecond(10n),
  execBurst: 5n,
  ...sums(payees),
  payeesRoot: payeesRoot(payees),
};
const accepted: ChannelState = {
  deposited: 1000n,
  exec: 0n,
  providerPaid: 0n,
  metered: 0n,
  acceptedAt: 1000,
  unlockAt: 0,
  unfundedSeconds: 0,
  closed: false,
};
const nothing = { paid: 0n, metered: 0n };

test("before acceptance nothing is due and everything is available", () => {
  const state = { ...accepted, acceptedAt: 0 };
  expect(available(state, header, 5000)).toBe(1000n);
  expect(payeeDue(state, header, payees[0]!, nothing, 5000)).toBe(0n);
  expect(claimCap(state, header, 5000)).toBe(0n);
  expect(fundedSeconds(state, header, 5000)).toBe(0);
});

test("one-time fees vest at acceptance, rates by the second, halves of a unit are rounded down", () => {
  expect(payeeDue(accepted, header, payees[0]!, nothing, 1000)).toBe(100n);
  expect(payeeDue(accepted, header, payees[0]!, nothing, 1011)).toBe(133n);
  expect(payeeDue(accepted, header, payees[1]!, nothing, 1011)).toBe(5n);
  expect(available(accepted, header, 1011)).toBe(1000n - 100n - 38n);
});

test("a share is of what was claimed, on top of it, less what was paid", () => {
  const state = { ...accepted, exec: 205n, providerPaid: 5n };
  expect(providerDue(state)).toBe(200n);
  expect(payeeDue(state, header, payees[0]!, { paid: 100n, metered: 7n }, 1000)).toBe(20n + 7n);
});

test("all rates stop together when the funds end", () => {
  // 900 free units at 3.5 a second last 257 seconds.
  expect(fundedSeconds(accepted, header, 1257)).toBe(257);
  expect(fundedSeconds(accepted, header, 9999)).toBe(257);
  expect(available(accepted, header, 9999)).toBe(1n);
});

test("seconds without funds do not count, and a clock behind the chain's takes nothing back of what vested", () => {
  const settled = { ...accepted, unfundedSeconds: 10 };
  expect(fundedSeconds(settled, header, 1100)).toBe(90);
  expect(fundedSeconds(settled, header, 1005)).toBe(0);
  expect(payeeDue(accepted, header, payees[0]!, nothing, 10)).toBe(100n);
  expect(available(accepted, header, 10)).toBe(900n);
  expect(claimCap(accepted, header, 10)).toBe(5n);
});

test("accrual and cap stop at the end of an unlock, and stay there after closing", () => {
  const unlocking = { ...accepted, unlockAt: 1020 };
  expect(fundedSeconds(unlocking, header, 5000)).toBe(20);
  expect(claimCap(unlocking, header, 5000)).toBe(205n);
  expect(fundedSeconds({ ...unlocking, closed: true }, header, 5000)).toBe(20);
});

test("a claim is capped by time and by the funds that must also carry its shares, and never falls", () => {
  expect(claimCap(accepted, header, 1000)).toBe(5n);
  expect(claimCap(accepted, header, 1010)).toBe(105n);
  // After 100 s: 900 - 350 = 550 are free: 500 and a tenth on top.
  expect(
    claimCap(
      { ...accepted, acceptedAt: 900, unfundedSeconds: 100 },
      { ...header, maxExecRate: perSecond(100n) },
      1100,
    ),
  ).toBe(500n);
  expect(claimCap({ ...accepted, exec: 300n }, header, 1010)).toBe(300n);
});

test("the runway counts rates, the provider's highest rate and the shares on it", () => {
  // 3.5 + 10 + 1 a second; 900 free.
  expect(runwaySeconds(accepted, header, 1000)).toBe(62);
  expect(runwaySeconds({ ...accepted, acceptedAt: 0 }, header, 1000)).toBe(62);
  expect(runwaySeconds(accepted, header, 1000, 50n)).toBe(58);
  expect(runwaySeconds(accepted, header, 1000, 901n)).toBe(0);
  expect(runwaySeconds({ ...accepted, unlockAt: 1030 }, header, 1010)).toBe(20);
  expect(runwaySeconds({ ...accepted, unlockAt: 1030 }, header, 1031)).toBe(0);
  expect(runwaySeconds(accepted, { ...header, sumRate: 0n, maxExecRate: 0n }, 1000)).toBe(
    Number.POSITIVE_INFINITY,
  );
});
