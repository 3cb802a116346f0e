import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "@apoc/encoding";
import type { VerifyEvidenceOptions } from "./check-envelope.ts";
import { attestationErrors, type ReasonCode } from "./errors.ts";
import type { SevSnpEvidence } from "./evidence.ts";
import { parseTrustPolicy } from "./policy.ts";
import { assertAffirming, type AttestationResult } from "./result.ts";
import {
  at,
  crl,
  evidence,
  flip,
  nonce,
  policy,
  policyWithRevocation,
  vectors,
} from "./testing/development.ts";
import { verifyEvidence } from "./verify-evidence.ts";

const verify = (changes: Partial<SevSnpEvidence> = {}, options: Partial<VerifyEvidenceOptions> = {}) =>
  verifyEvidence({ ...evidence, ...changes }, { nonce, policy, at, ...options });

function firstFailure(result: AttestationResult): ReasonCode | "none" {
  return result.checks.find(({ verdict }) => verdict === "fail")?.name ?? "none";
}

test("development evidence affirms under its own policy, and says that it is development", async () => {
  const { provider, chainId } = evidence.claims;
  const result = await verify(
    {},
    { expect: { provider: provider.toUpperCase().replace("X", "x"), chainId } },
  );
  expect(firstFailure(result)).toBe("none");
  expect(result).toMatchObject({
    status: "affirming",
    development: true,
    measurement: vectors.measurement,
    product: "Genoa",
    tcb: { bl: 10, tee: 0, snp: 25, ucode: 84 },
    evaluatedAt: vectors.at,
    expiresAt: "2026-11-30T00:00:00Z",
  });
  expect(() => assertAffirming(result)).not.toThrow();
});

test("every check is listed once, in the order of the error numbers", async () => {
  const { checks } = await verify();
  const names = checks.map(({ name }) => name);
  const all = Object.entries(attestationErrors).filter(([, { code }]) =>
    /^APOC-(301\d|3022|31\d\d)$/.test(code),
  );
  expect(names).toEqual(all.map(([name]) => name));
});

test("the expiry is that of the certificates or the list when they end first", async () => {
  const short = await verify({}, { at: new Date("2026-12-20T00:00:00Z") });
  expect([short.status, short.expiresAt]).toEqual(["affirming", "2026-12-22T00:00:00Z"]);
});

describe("what an attacker may try", () => {
  const other = fromHex("aa".repeat(32));
  const point = Uint8Array.from(evidence.claims.wrappingKey);

  test.each<[name: string, expected: ReasonCode, Partial<SevSnpEvidence>, Partial<VerifyEvidenceOptions>]>([
    ["evidence for another nonce", "NONCE_MISMATCH", {}, { nonce: other }],
    ["the same with the nonce rewritten", "REPORT_DATA", { nonce: other }, { nonce: other }],
    ["another chain in the claims", "REPORT_DATA", { claims: { ...evidence.claims, chainId: 1n } }, {}],
    [
      "another provider in the claims",
      "REPORT_DATA",
      { claims: { ...evidence.claims, provider: `0x${"11".repeat(20)}` } },
      {},
    ],
    ["a TLS key added", "REPORT_DATA", { claims: { ...evidence.claims, tlsKey: point } }, {}],
    [
      "a TLS key that is no key",
      "CLAIM_TLS_KEY",
      { claims: { ...evidence.claims, tlsKey: fromHex("00") } },
      {},
    ],
    [
      "another configuration in the claims",
      "REPORT_DATA",
      { claims: { ...evidence.claims, configurationDigest: other } },
      {},
    ],
    [
      "keys for nodes of a cluster, unasked",
      "NODE_POLICY",
      { claims: { ...evidence.claims, nodePolicyDigest: other } },
      {},
    ],
    [
      "an HPKE key of another KEM",
      "HPKE_KEY",
      { claims: { ...evidence.claims, hpkeKey: flip(evidence.claims.hpkeKey, 1, 5) } },
      {},
    ],
    [
      "a meter key that is no point",
      "METER_KEY",
      { claims: { ...evidence.claims, meterKey: new Uint8Array(33) } },
      {},
    ],
    [
      "a wrapping key off its curve",
      "WRAPPING_KEY",
      { claims: { ...evidence.claims, wrappingKey: flip(point, 90, 0) } },
      {},
    ],
    ["a provider that was not asked", "CLAIM_PROVIDER", {}, { expect: { provider: `0x${"22".repeat(20)}` } }],
    ["a chain that was not asked", "CLAIM_CHAIN_ID", {}, { expect: { chainId: 1 } }],
    ["a TLS key that was not seen", "CLAIM_TLS_KEY", {}, { expect: { tlsKey: point } }],
    ["expired certificates", "CERT_EXPIRED", {}, { at: new Date("2027-01-01T00:00:00Z") }],
    ["certificates of the future", "CERT_NOT_YET_VALID", {}, { at: new Date("2026-11-21T00:00:00Z") }],
    ["a truncated report", "REPORT_SIZE", { report: evidence.report.slice(1) }, {}],
    ["an empty report", "REPORT_SIZE", { report: new Uint8Array() }, {}],
    [
      "an older report version",
      "RESERVED_NONZERO",
      { report: flip(evidence.report, 0x1f8, 0).map((b, i) => (i === 0 ? 4 : b)) },
      {},
    ],
    [
      "the intermediate as root",
      "ROOT_UNTRUSTED",
      { certificates: { ...evidence.certificates, root: evidence.certificates.intermediate } },
      {},
    ],
    [
      "no certificate",
      "CERT_PARSE",
      { certificates: { ...evidence.certificates, vek: new Uint8Array() } },
      {},
    ],
    [
      "the root as intermediate",
      "CERT_NAME",
      { certificates: { ...evidence.certificates, intermediate: evidence.certificates.root } },
      {},
    ],
  ])("%s: %s", async (_name, expected, changes, options) => {
    const result = await verify(changes, options);
    expect(firstFailure(result)).toBe(expected);
    expect(result.status).toBe("contraindicated");
    expect(result.expiresAt).toBe(result.evaluatedAt);
    expect(() => assertAffirming(result)).toThrowError(
      expect.objectContaining({ code: attestationErrors[expected].code }),
    );
  });

  test("a substituted wrapping key", async () => {
    const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
    const wrappingKey = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
    expect(firstFailure(await verify({ claims: { ...evidence.claims, wrappingKey } }))).toBe("REPORT_DATA");
  });
});

describe("what a policy decides", () => {
  const withPolicy = (from: string | RegExp, to: string) => {
    const text = vectors.policy.replace(from, to);
    expect(text).not.toBe(vectors.policy);
    return verify({}, { policy: parseTrustPolicy(text) }).then(({ status, checks }) => ({
      status,
      failures: checks.filter(({ verdict }) => verdict === "fail").map(({ name }) => name),
    }));
  };

  test.each<[name: string, from: string | RegExp, to: string, expected: ReasonCode[]]>([
    ["no development", "development: true\nroots", "development: false\nroots", ["DEV_ROOT"]],
    ["AMD's roots only", /roots:[\s\S]*\nsnp:/, "roots: builtin\nsnp:", ["ROOT_UNTRUSTED", "CRL_MISSING"]],
    ["another fingerprint", vectors.rootSha256, "11".repeat(32), ["ROOT_UNTRUSTED", "CRL_MISSING"]],
    ["another measurement", vectors.measurement, "22".repeat(48), ["MEASUREMENT"]],
    ["a higher floor", "snp: 25", "snp: 26", ["TCB_TOO_OLD"]],
    ["no floor for the product", "    Genoa:", "    Milan:", ["TCB_TOO_OLD"]],
    ["no SMT", "smt: true", "smt: false", ["SMT_ALLOWED"]],
    ["another processor", "products: [Genoa]", "products: [Turin]", ["PRODUCT_MISMATCH"]],
    ["host data", "  allow:", `  hostData: ["${"33".repeat(32)}"]\n  allow:`, ["HOST_DATA"]],
    ["an identity key", "  allow:", `  idKeyDigests: ["${"44".repeat(48)}"]\n  allow:`, ["ID_KEY"]],
    ["a chip", "  allow:", `  chipIds: ["${"55".repeat(64)}"]\n  allow:`, ["CHIP_NOT_ALLOWED"]],
    ["a guest version", "  allow:", "  minGuestSvn: 1\n  allow:", ["GUEST_SVN"]],
    ["version 3 only", "  allow:", "  reportVersions: [3]\n  allow:", ["REPORT_VERSION"]],
    ["VLEK only", "  allow:", "  signers: [vlek]\n  allow:", ["SIGNING_KEY"]],
    ["privilege level 1", "  allow:", "  vmpl: [1]\n  allow:", ["VMPL"]],
    ["another configuration", "snp:\n", `configurations: ["${"66".repeat(32)}"]\nsnp:\n`, ["CONFIGURATION"]],
    ["no configuration at all", "snp:\n", "configurations: []\nsnp:\n", ["CONFIGURATION"]],
    ["a required list", "revocation: none", "revocation: required", ["CRL_MISSING"]],
  ])("%s", async (_name, from, to, expected) => {
    expect(await withPolicy(from, to)).toEqual({ status: "contraindicated", failures: expected });
  });

  test("a configuration and a node policy pass where the policy lists them", async () => {
    const { configurationDigest } = evidence.claims;
    const nodes = "77".repeat(32);
    const listing = parseTrustPolicy(
      `${vectors.policy}configurations: ["${toHex(configurationDigest)}"]\nnodePolicies: ["${nodes}"]\n`,
    );
    expect((await verify({}, { policy: listing })).status).toBe("affirming");
    // The report binds other claims; the check of the claim itself passes.
    const claims = { ...evidence.claims, nodePolicyDigest: fromHex(nodes) };
    expect(firstFailure(await verify({ claims }, { policy: listing }))).toBe("REPORT_DATA");
  });

  test("without an snp section every SNP report is refused, whatever else holds", async () => {
    const nothing = parseTrustPolicy("apiVersion: apoc.network/trust-policy/v1\nname: nothing\n");
    const result = await verify({}, { policy: nothing });
    expect(firstFailure(result)).toBe("EVIDENCE_KIND");
    const failures = result.checks.filter(({ verdict }) => verdict === "fail").map(({ name }) => name);
    expect(failures).toEqual(expect.arrayContaining(["ROOT_UNTRUSTED", "MEASUREMENT", "SMT_ALLOWED"]));
  });
});

describe("revocation lists", () => {
  const codeWith = async (list: Uint8Array, options: Partial<VerifyEvidenceOptions> = {}) => {
    const result = await verify({ crl: list }, { policy: policyWithRevocation, ...options });
    return result.checks.find(({ verdict }) => verdict === "fail")?.name ?? "none";
  };

  test("a good list passes, and one that names serial zero does not condemn the endorsement key", async () => {
    expect(await codeWith(crl("empty"))).toBe("none");
    expect(await codeWith(crl("serialZero"))).toBe("none");
  });

  test.each<[string, ReasonCode, () => Uint8Array]>([
    ["that revokes the intermediate", "INTERMEDIATE_REVOKED", () => crl("intermediateRevoked")],
    ["that is cut short", "CRL_PARSE", () => crl("empty").slice(0, -1)],
    ["that is empty", "CRL_PARSE", () => new Uint8Array()],
    ["with a broken signature", "CRL_SIGNATURE", () => flip(crl("empty"), crl("empty").length - 1, 0)],
    ["with another issuer", "CRL_ISSUER", () => renamed(crl("empty"))],
  ])("a list %s: %s", async (_name, expected, list) => {
    expect(await codeWith(list())).toBe(expected);
  });

  test("a list that is no longer valid", async () => {
    expect(await codeWith(crl("empty"), { at: new Date("2026-12-22T00:00:00Z") })).toBe("none");
    const late = await verify(
      { crl: crl("empty") },
      { policy: policyWithRevocation, at: new Date("2026-12-23T00:00:00Z") },
    );
    expect(late.checks.filter(({ verdict }) => verdict === "fail").map(({ name }) => name)).toContain(
      "CRL_STALE",
    );
  });

  function renamed(list: Uint8Array): Uint8Array {
    const at = toHex(list).indexOf(toHex(new TextEncoder().encode("ARK-Dev"))) / 2;
    return flip(list, at, 0);
  }
});

test("single-bit changes are never accepted and never escape as exceptions", async () => {
  const { report, certificates } = evidence;
  const list = crl("empty");
  const parts: readonly (readonly [
    bytes: Uint8Array,
    change: (bytes: Uint8Array) => Partial<SevSnpEvidence>,
  ])[] = [
    [report, (bytes) => ({ report: bytes })],
    [certificates.vek, (vek) => ({ certificates: { ...certificates, vek } })],
    [certificates.intermediate, (intermediate) => ({ certificates: { ...certificates, intermediate } })],
    [list, (bytes) => ({ crl: bytes })],
  ];
  let tried = 0;
  for (const [bytes, change] of parts) {
    for (let offset = 0; offset < bytes.length; offset += 5) {
      const changed = { crl: list, ...change(flip(bytes, offset, (offset * 3) % 8)) };
      const result = await verify(changed, { policy: policyWithRevocation });
      const failures = result.checks.filter(({ verdict }) => verdict === "fail");
      expect(failures.length, `byte ${offset} of ${bytes.length}`).toBeGreaterThan(0);
      tried += 1;
    }
  }
  expect(tried).toBeGreaterThan(900);
});
