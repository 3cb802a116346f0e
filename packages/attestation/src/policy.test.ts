import { expect, test } from "vitest";
import { attestationErrors } from "./errors.ts";
import {
  parseTrustPolicy,
  policyDigest,
  policyLimit,
  revocationSnapshot,
  snpReferenceValues,
  trustPolicy,
} from "./policy.ts";
import { policyApiVersion } from "./policy-schema.ts";
import { vectors } from "./testing/development.ts";

const head = "apiVersion: apoc.network/trust-policy/v1\nname: p\n";
const refused = (field?: string) =>
  expect.objectContaining({
    code: attestationErrors.POLICY_FORMAT.code,
    ...(field === undefined ? {} : { field }),
  });

test("the digest is that of the meaning, not of the text", () => {
  const yaml = parseTrustPolicy(vectors.policy);
  const normal = JSON.stringify(yaml);
  expect(policyDigest(parseTrustPolicy(normal))).toBe(policyDigest(yaml));
  expect(policyDigest(parseTrustPolicy(vectors.policy.replace("7d", "604800")))).toBe(policyDigest(yaml));
  expect(policyDigest(parseTrustPolicy(vectors.policy.replace("7d", "6d")))).not.toBe(policyDigest(yaml));
});

test("a policy that says nothing denies everything", () => {
  const policy = parseTrustPolicy(head);
  expect(policy.development).toBe(false);
  expect(policy.revocation).toBe("required");
  const reference = snpReferenceValues(policy);
  expect(reference.measurements).toEqual([]);
  expect(reference.minTcb).toEqual({});
  expect(
    reference.roots.map(({ product, development, revocation }) => [product, development, revocation]),
  ).toEqual([
    ["Milan", false, "required"],
    ["Genoa", false, "required"],
    ["Turin", false, "required"],
  ]);
  expect(Object.values(reference.allow)).toEqual([false, false, false, false]);
});

test.each([
  ["an unknown key", `${head}extra: 1\n`, undefined],
  ["an unknown key of a section", `${head}snp: { measurement: [] }\n`, "snp"],
  ["another version", "apiVersion: apoc.network/trust-policy/v2\nname: p\n", "apiVersion"],
  ["a duplicate key", `${head}name: q\n`, undefined],
  ["an alias", `${head}snp: { measurements: &a [], vlekCsps: *a }\n`, undefined],
  ["a tag", `${head}maxAge: !!js/function x\n`, undefined],
  ["two documents", `${head}---\n${head}`, undefined],
  ["no text", "", ""],
  ["too long a text", " ".repeat(policyLimit + 1), undefined],
  ["revocation switched off", `${head}revocation: none\n`, "revocation"],
  ["an age that never ends", `${head}maxAge: 1000d\n`, "maxAge"],
  ["upper-case hexadecimal", `${head}snp: { measurements: ["${"AB".repeat(48)}"] }\n`, "snp.measurements.0"],
  [
    "a measurement of another size",
    `${head}snp: { measurements: ["${"ab".repeat(32)}"] }\n`,
    "snp.measurements.0",
  ],
  ["an unquoted number", `${head}snp: { measurements: [${"11".repeat(48)}] }\n`, "snp.measurements.0"],
  [
    "a floor without all components",
    `${head}snp: { minTcb: { Genoa: { snp: 20 } } }\n`,
    "snp.minTcb.Genoa.bl",
  ],
  [
    "a floor with a component of Turin",
    `${head}snp: { minTcb: { Genoa: { fmc: 0, bl: 0, tee: 0, snp: 0, ucode: 0 } } }\n`,
    "snp.minTcb.Genoa",
  ],
  ["a processor nobody knows", `${head}snp: { products: [Venice] }\n`, "snp.products.0"],
])("%s is refused", (_name, text, field) => {
  expect(() => parseTrustPolicy(text)).toThrowError(field ? refused(field) : refused());
});

const genoa = "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1";
const rootPolicy = (entry: Record<string, unknown>) => () =>
  trustPolicy({
    apiVersion: "apoc.network/trust-policy/v1",
    name: "p",
    roots: [{ kind: "sev-snp", ...entry }],
  });

test("a list of roots may narrow AMD's, and add development roots only", () => {
  const own = "11".repeat(32);
  expect(snpReferenceValues(rootPolicy({ product: "Genoa", sha256: genoa })()).roots).toHaveLength(1);
  const [added] = snpReferenceValues(
    rootPolicy({ product: "Genoa", sha256: own, development: true, revocation: "none" })(),
  ).roots;
  expect(added).toMatchObject({ development: true, revocation: "none", names: { ark: "ARK-Dev" } });
  expect(rootPolicy({ product: "Genoa", sha256: own })).toThrowError(refused("roots.0.development"));
  expect(rootPolicy({ product: "Milan", sha256: genoa })).toThrowError(refused("roots.0.product"));
  expect(rootPolicy({ product: "Genoa", sha256: genoa, development: true })).toThrowError(
    refused("roots.0.development"),
  );
  expect(rootPolicy({ product: "Genoa", sha256: genoa, revocation: "none" })).toThrowError(
    refused("roots.0.revocation"),
  );
});

test("a snapshot states its dates, and the policy's digest covers them", () => {
  const text = (revocation: string) =>
    `apiVersion: ${policyApiVersion}\nname: a\nrevocation: ${revocation}\n`;
  const snapshot = (takenAt: string, maxAge = "30d") =>
    text(`{snapshot: {takenAt: ${takenAt}, maxAge: ${maxAge}}}`);
  const policy = parseTrustPolicy(snapshot("2026-11-22T00:00:00Z"));
  expect(revocationSnapshot(policy)).toEqual({
    takenAt: new Date("2026-11-22T00:00:00Z"),
    until: new Date("2026-12-22T00:00:00Z"),
  });
  expect(revocationSnapshot(parseTrustPolicy(text("required")))).toBeUndefined();
  const digests = [
    policy,
    parseTrustPolicy(snapshot("2026-11-23T00:00:00Z")),
    parseTrustPolicy(text("required")),
  ];
  expect(new Set(digests.map(policyDigest)).size).toBe(3);
  for (const bad of [
    snapshot("2026-11-22"),
    snapshot("2026-02-30T00:00:00Z"),
    snapshot("2026-11-22T00:00:00Z", "91d"),
  ])
    expect(() => parseTrustPolicy(bad)).toThrowError(refused());
  for (const bad of ["off", "{snapshot: {takenAt: 2026-11-22T00:00:00Z}}", "none", "snapshot"])
    expect(() => parseTrustPolicy(text(bad))).toThrowError(refused());
});

test("a text that has no bytes of its own is refused, since no digest could be taken of it", () => {
  const withText = (text: string) => ({ apiVersion: policyApiVersion, name: "p", snp: { vlekCsps: [text] } });
  expect(trustPolicy(withText("\u00e9")).snp?.vlekCsps).toEqual(["\u00e9"]);
  expect(() => trustPolicy(withText("\ud800"))).toThrowError(refused());
});
