import { beforeAll, expect, test } from "vitest";
import { toBase64, toHex } from "@apoc/encoding";
import { providerKeyId } from "./claim-keys.ts";
import { attestationErrors } from "./errors.ts";
import { evidenceDigest } from "./evidence-document.ts";
import {
  assertRecordCurrent,
  type AttestationRecord,
  createRecord,
  parseRecord,
  recordMessage,
} from "./record.ts";
import type { AttestationResult } from "./result.ts";
import { at, evidence, nonce, policy } from "./testing/development.ts";
import { verifyEvidence } from "./verify-evidence.ts";

let result: AttestationResult;
let record: AttestationRecord;
beforeAll(async () => {
  result = await verifyEvidence(evidence, { nonce, policy, at });
  record = createRecord(evidence, result);
});

const refused = (field: string) =>
  expect.objectContaining({ code: attestationErrors.RECORD_FORMAT.code, field });

test("a record binds evidence, key, provider and policy", () => {
  expect(record).toMatchObject({
    evidenceDigest: evidenceDigest(evidence),
    providerKeyId: providerKeyId(evidence.claims.wrappingKey),
    wrappingKey: toBase64(evidence.claims.wrappingKey),
    provider: evidence.claims.provider,
    nonce: toBase64(nonce),
  });
  expect(parseRecord(JSON.stringify(record))).toEqual(record);
});

test("the message to sign holds every member", () => {
  expect(recordMessage(record)).toMatchObject({
    evidenceDigest: `0x${record.evidenceDigest}`,
    providerKeyId: `0x${record.providerKeyId}`,
    nonce: `0x${toHex(nonce)}`,
    development: true,
    evaluatedAt: BigInt(at.getTime() / 1000),
    expiresAt: BigInt(at.getTime() / 1000 + 7 * 86_400),
  });
  const weaker = { ...record, result: { ...record.result, checks: record.result.checks.slice(1) } };
  expect(recordMessage(weaker).resultDigest).not.toBe(recordMessage(record).resultDigest);
});

test("a result that is not affirming makes no record", async () => {
  const bad = await verifyEvidence(evidence, { nonce: new Uint8Array(32), policy, at });
  expect(() => createRecord(evidence, bad)).toThrowError(
    expect.objectContaining({ code: attestationErrors.NONCE_MISMATCH.code }),
  );
});

test.each<[name: string, field: string, change: (record: AttestationRecord) => unknown]>([
  ["an unknown member", "record", (r) => ({ ...r, extra: 1 })],
  ["another key id", "providerKeyId", (r) => ({ ...r, providerKeyId: "00".repeat(32) })],
  ["another provider", "provider", (r) => ({ ...r, provider: `0x${"11".repeat(20)}` })],
  ["another chain", "chainId", (r) => ({ ...r, chainId: 1 })],
  ["another policy", "policyDigest", (r) => ({ ...r, policyDigest: "00".repeat(32) })],
  ["a later expiry", "expiresAt", (r) => ({ ...r, expiresAt: "2030-01-01T00:00:00Z" })],
  [
    "a time that does not exist",
    "evaluatedAt",
    (r) => ({
      ...r,
      evaluatedAt: "2026-99-01T00:00:00Z",
      result: { ...r.result, evaluatedAt: "2026-99-01T00:00:00Z" },
    }),
  ],
  ["a short nonce", "nonce", (r) => ({ ...r, nonce: "AAAA" })],
  [
    "a contraindicated result",
    "result.status",
    (r) => ({ ...r, result: { ...r.result, status: "contraindicated" } }),
  ],
  [
    "a failed check",
    "result.status",
    (r) => ({ ...r, result: { ...r.result, checks: [{ name: "DEBUG_ALLOWED", verdict: "fail" }] } }),
  ],
  ["no checks at all", "result.status", (r) => ({ ...r, result: { ...r.result, checks: [] } })],
  [
    "an unknown check",
    "result.checks.0.name",
    (r) => ({ ...r, result: { ...r.result, checks: [{ name: "X", verdict: "pass" }] } }),
  ],
])("%s is refused", (_name, field, change) => {
  expect(() => parseRecord(change(record))).toThrowError(refused(field));
});

test("a record of version 1 is refused by a code of its own, whatever else it holds", () => {
  for (const value of [{ ...record, version: 1 }, { version: 1 }])
    expect(() => parseRecord(JSON.stringify(value))).toThrowError(
      expect.objectContaining({ code: attestationErrors.RECORD_VERSION.code, expected: "2", actual: "1" }),
    );
});

test("a record is current from its evaluation until before its expiry", () => {
  const expired = expect.objectContaining({ code: attestationErrors.RECORD_EXPIRED.code });
  expect(() => assertRecordCurrent(record, at)).not.toThrow();
  expect(() => assertRecordCurrent(record, new Date(at.getTime() - 1000))).toThrowError(expired);
  expect(() => assertRecordCurrent(record, new Date(record.expiresAt))).toThrowError(expired);
});

test("a text that has no bytes of its own is refused, since no digest could be taken of it", () => {
  const [check, ...checks] = record.result.checks;
  const withText = (text: string) => ({
    ...record,
    result: { ...record.result, checks: [{ ...check!, expected: text }, ...checks] },
  });
  expect(parseRecord(withText("\u00e9")).result.checks[0]?.expected).toBe("\u00e9");
  expect(() => parseRecord(withText("\ud800"))).toThrowError(refused("record"));
});
