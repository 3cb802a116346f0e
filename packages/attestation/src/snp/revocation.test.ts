import { expect, test } from "vitest";
import { reportData } from "../claims.ts";
import { snpReferenceValues } from "../policy.ts";
import { at, crl, evidence, nonce, policyWithRevocation } from "../testing/development.ts";
import { verifySnp } from "./verify.ts";

const reference = snpReferenceValues(policyWithRevocation);
const verify = (takenAt: string, until: string, when = at) => {
  const snapshot = { takenAt: new Date(takenAt), until: new Date(until) };
  const subject = { ...evidence, crl: crl("empty") };
  return verifySnp(subject, { ...reference, snapshot }, reportData(nonce, evidence.claims), when);
};

test("a snapshot counts from when it was taken until its end, which bounds the result", async () => {
  const verdict = await verify("2026-11-22T12:00:00Z", "2026-11-24T00:00:00Z");
  expect(verdict.checks.affirming).toBe(true);
  expect(verdict.expiresAt).toEqual(new Date("2026-11-24T00:00:00Z"));
});

test("a date that is none is in no window", async () => {
  const { checks } = await verify("2026-11-22T12:00:00Z", "2026-11-24T00:00:00Z", new Date(Number.NaN));
  const failed = checks.results.filter(({ verdict }) => verdict === "fail").map(({ name }) => name);
  expect(failed).toEqual(["CERT_NOT_YET_VALID", "CERT_EXPIRED", "CRL_STALE"]);
});

test.each([
  ["is over", "2026-11-22T12:00:00Z", "2026-11-22T23:59:59Z"],
  ["is of the future", "2026-11-23T00:00:01Z", "2026-12-01T00:00:00Z"],
  ["was taken before the list was made", "2026-11-20T00:00:00Z", "2026-12-01T00:00:00Z"],
])("a snapshot that %s is refused", async (_, takenAt, until) => {
  const { firstFailure } = (await verify(takenAt, until)).checks;
  expect(firstFailure?.name).toBe("CRL_STALE");
});
