import { expect, test } from "vitest";
import { attestationErrors } from "./errors.ts";
import { evidenceLimit, parseEvidence } from "./evidence.ts";
import { evidenceDigest, evidenceDocument } from "./evidence-document.ts";
import { crl, evidence, vectors } from "./testing/development.ts";

const document = vectors.evidence;
const refused = (field: string) =>
  expect.objectContaining({ code: attestationErrors.EVIDENCE_FORMAT.code, field });

test("evidence survives its JSON form", () => {
  const withList = { ...evidence, crl: crl("empty") };
  expect(parseEvidence(JSON.stringify(evidenceDocument(withList)))).toEqual(withList);
  expect(parseEvidence(evidenceDocument(evidence))).toEqual(evidence);
  expect(evidenceDigest(withList)).not.toBe(evidenceDigest(evidence));
});

test.each([
  ["not JSON", "{", "evidence"],
  ["too long", `"${"a".repeat(evidenceLimit)}"`, "evidence"],
  ["not an object", "null", "evidence"],
  ["an unknown member", { ...document, extra: 1 }, "evidence"],
  ["an unknown member of the claims", { ...document, claims: { ...document.claims, extra: 1 } }, "claims"],
  ["a version that is no number", { ...document, version: "2" }, "version"],
  ["another kind", { ...document, kind: "sgx" }, "kind"],
  ["a short nonce", { ...document, nonce: "AAAA" }, "nonce"],
  ["base64 without padding", { ...document, nonce: document.nonce.replace("=", "") }, "nonce"],
  ["base64 with trailing bits", { ...document, report: "AB==" }, "report"],
  ["base64url", { ...document, report: "__8=" }, "report"],
  ["white space", { ...document, report: `${document.report}\n` }, "report"],
  ["a huge report", { ...document, report: "A".repeat(8000) }, "report"],
  [
    "a chain id that is no integer",
    { ...document, claims: { ...document.claims, chainId: 1.5 } },
    "claims.chainId",
  ],
  [
    "a chain id beyond 2^53",
    { ...document, claims: { ...document.claims, chainId: 2 ** 53 } },
    "claims.chainId",
  ],
  [
    "a mixed-case address",
    { ...document, claims: { ...document.claims, provider: `0x${"Ab".repeat(20)}` } },
    "claims.provider",
  ],
  [
    "a meter key of another size",
    { ...document, claims: { ...document.claims, meterKey: "AAAA" } },
    "claims.meterKey",
  ],
  ["no HPKE key", { ...document, claims: { ...document.claims, hpkeKey: "" } }, "claims.hpkeKey"],
  [
    "an upper-case digest",
    { ...document, claims: { ...document.claims, configurationDigest: "AB".repeat(32) } },
    "claims.configurationDigest",
  ],
])("%s is refused", (_name, input, field) => {
  expect(() => parseEvidence(input)).toThrowError(refused(field));
});

test.each([1, 3])("evidence of version %i is refused by a code of its own", (version) => {
  expect(() => parseEvidence({ ...document, version })).toThrowError(
    expect.objectContaining({
      code: attestationErrors.EVIDENCE_VERSION.code,
      field: "version",
      expected: "2",
      actual: `${version}`,
    }),
  );
});
