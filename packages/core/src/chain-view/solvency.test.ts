import { zeroAddress, zeroHash } from "viem";
import { expect, test } from "vitest";
import type { ChannelState } from "../channel/accrual.ts";
import type { ChannelTerms } from "../channel/wire.ts";
import { admissionErrors } from "../errors.ts";
import { judgeSolvency, type SolvencyPolicy } from "./solvency.ts";

const [now, confirmedAt] = [1000, 990];
/** One base unit a second, and a tenth on top for the payee. */
const terms: ChannelTerms = {
  header: {
    publisher: zeroAddress,
    provider: zeroAddress,
    token: zeroAddress,
    podId: zeroHash,
    meter: zeroAddress,
    grace: 60,
    acceptBy: now,
    maxExecRate: 1n << 32n,
    execBurst: 0n,
    sumOneTime: 0n,
    sumRate: 0n,
    sumShare: 100_000,
    payeesRoot: zeroHash,
  },
  payees: [
    {
      to: zeroAddress,
      imageDigest: zeroHash,
      licenseHash: zeroHash,
      oneTime: 0n,
      rate: 0n,
      share: 100_000,
      meteredCap: 30n,
    },
  ],
};
const funded: ChannelState = {
  deposited: 141n,
  exec: 0n,
  providerPaid: 0n,
  metered: 0n,
  acceptedAt: 900,
  unlockAt: 0,
  unfundedSeconds: 0,
  closed: false,
};
/** The kind of the verdict, and the code of its reason. */
const judged = (state: Partial<ChannelState>, policy: Partial<SolvencyPolicy> = {}) => {
  const whole = { minRunwaySeconds: 100, metered: 0n, ...policy };
  const verdict = judgeSolvency(zeroHash, terms, { ...funded, ...state }, whole, { now, confirmedAt });
  return verdict.kind === "solvent" ? ["solvent"] : [verdict.kind, verdict.reason.code];
};

test("funds for the runway beside all vouchers are enough", () => {
  expect(judged({})).toEqual(["solvent"]);
  expect(judged({ deposited: 140n })).toEqual(["insolvent", admissionErrors.FUNDS_RUNWAY.code]);
});

test("what is metered and not claimed counts as spent, with its shares", () => {
  expect(judged({}, { minRunwaySeconds: 50, metered: 50n })).toEqual(["solvent"]);
  expect(judged({}, { minRunwaySeconds: 50, metered: 51n })).toEqual([
    "insolvent",
    admissionErrors.FUNDS_RUNWAY.code,
  ]);
  // What is claimed left the deposit already.
  expect(judged({ exec: 50n }, { minRunwaySeconds: 50, metered: 50n })).toEqual(["solvent"]);
});

test("a running pod goes on to the last second", () => {
  expect(judged({ deposited: 32n }, { minRunwaySeconds: 1 })).toEqual(["solvent"]);
  expect(judged({ deposited: 31n }, { minRunwaySeconds: 1 })).toEqual([
    "insolvent",
    admissionErrors.FUNDS_RUNWAY.code,
  ]);
});

test("a channel that is unknown or not accepted carries nothing", () => {
  expect(judged({ deposited: 0n, acceptedAt: 0 })).toEqual(["insolvent", admissionErrors.FUNDS_UNKNOWN.code]);
  expect(judged({ acceptedAt: 0 })).toEqual(["insolvent", admissionErrors.FUNDS_NOT_ACCEPTED.code]);
});

test("an unlock is insolvent until a confirmed block is past it, then over; a closed channel is over", () => {
  const code = admissionErrors.FUNDS_UNLOCKING.code;
  expect(judged({ unlockAt: confirmedAt + 1 })).toEqual(["insolvent", code]);
  expect(judged({ unlockAt: confirmedAt })).toEqual(["over", code]);
  expect(judged({ closed: true, deposited: 0n })).toEqual(["over", code]);
});
