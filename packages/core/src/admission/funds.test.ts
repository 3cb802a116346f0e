import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import type { License } from "../license/license.ts";
import { now } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

test("the confirmed chain does not know the channel", async () => {
  expect(await refusals({ state: { deposited: 0n, acceptedAt: 0 } })).toEqual({
    funds: admissionErrors.FUNDS_UNKNOWN.code,
  });
});

test("the channel is funded and not accepted", async () => {
  expect(await refusals({ state: { acceptedAt: 0 } })).toEqual({
    funds: admissionErrors.FUNDS_NOT_ACCEPTED.code,
  });
});

test("the channel is being unlocked, or closed", async () => {
  const refused = { funds: admissionErrors.FUNDS_UNLOCKING.code };
  expect(await refusals({ state: { unlockAt: now + 100_000 } })).toEqual(refused);
  expect(await refusals({ state: { closed: true } })).toEqual(refused);
});

test("the funds end before the minimum runway", async () => {
  // 25 tokens are the developer's from acceptance on; execution costs 2.0625 base units a second and a tenth on top.
  const enough = 25_000_000n + 1362n;
  expect(await refusals({ state: { deposited: enough } })).toEqual({});
  expect(await refusals({ state: { deposited: enough - 3n } })).toEqual({
    funds: admissionErrors.FUNDS_RUNWAY.code,
  });
});

test("vouchers that may still come count as spent", async () => {
  const offer = { meteredCap: 34_999_000n };
  const refused = { funds: admissionErrors.FUNDS_RUNWAY.code };
  const license = {
    license: (l: License) => ({
      ...l,
      offers: [{ ...l.offers[0]!, ...offer }],
    }),
  };
  expect(await refusals(license)).toEqual(refused);
});
