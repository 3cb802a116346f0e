import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Evidence, parseTrustPolicy, policyDigest, reportData, verifyEvidence } from "@apoc/attestation";
import { fromHex, toHex } from "@apoc/encoding";
import { afterAll, beforeAll, expect, test } from "vitest";
import { devnetErrors } from "../errors.ts";
import {
  createDevelopmentRoot,
  createDevelopmentTee,
  type DevelopmentRoot,
  type DevelopmentTeeOptions,
  developmentTrustPolicy,
} from "./index.ts";

const dir = mkdtempSync(join(tmpdir(), "apoc-tee-"));
const now = new Date();
let root: DevelopmentRoot;
beforeAll(async () => {
  root = await createDevelopmentRoot({ dir, now });
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function attest(
  options: Omit<DevelopmentTeeOptions, "root"> = {},
  from: DevelopmentRoot = root,
  at: Date = now,
) {
  const tee = createDevelopmentTee({ root: from, ...options });
  const policy = parseTrustPolicy(developmentTrustPolicy(root));
  const nonce = crypto.getRandomValues(new Uint8Array(32));
  const claims = {
    wrappingKey: wrappingKey,
    tlsKey: new Uint8Array(),
    chainId: 31337n,
    provider: `0x${"12".repeat(20)}` as const,
    policyDigest: fromHex(policyDigest(policy)),
  };
  const report = tee.report(reportData(nonce, claims));
  const evidence: Evidence = {
    version: 1,
    kind: "sev-snp",
    nonce,
    report,
    certificates: tee.certificates,
    claims,
  };
  const result = await verifyEvidence(evidence, { nonce, policy, at });
  return {
    result,
    failures: result.checks.filter(({ verdict }) => verdict === "fail").map(({ name }) => name),
  };
}

let wrappingKey: Uint8Array;
beforeAll(async () => {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  wrappingKey = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
});

test("the real verifier affirms its evidence under its own policy, as development", async () => {
  const { result, failures } = await attest();
  expect(failures).toEqual([]);
  expect(result).toMatchObject({ status: "affirming", development: true, chipId: toHex(root.chipId) });
});

test.each<[name: string, options: Omit<DevelopmentTeeOptions, "root">, code: string]>([
  ["a debug guest", { policy: 0xb0000n }, "DEBUG_ALLOWED"],
  ["a migratable guest", { policy: 0x70000n }, "MIGRATION_ALLOWED"],
  ["reserved policy bits", { policy: 0x10000n }, "POLICY_RESERVED"],
  ["another privilege level", { vmpl: 1 }, "VMPL"],
  ["another measurement", { measurement: new Uint8Array(48).fill(7) }, "MEASUREMENT"],
])("%s is refused", async (_name, options, code) => {
  expect((await attest(options)).failures).toEqual([code]);
});

test("older report versions are accepted", async () => {
  for (const version of [3, 4] as const) expect((await attest({ version })).failures).toEqual([]);
});

test("the state is a private file, read again after a restart", async () => {
  const files = readdirSync(dir);
  expect(files).toEqual(["development-tee.json"]);
  expect(statSync(join(dir, files[0]!)).mode & 0o777).toBe(0o600);
  const again = await createDevelopmentRoot({ dir, now });
  expect(again.sha256).toBe(root.sha256);
  expect(createDevelopmentTee({ root: again }).deriveKey("a")).toEqual(
    createDevelopmentTee({ root }).deriveKey("a"),
  );
});

test("certificates that run out are issued anew, over the same keys and the same chip", async () => {
  const later = new Date(now.getTime() + 29 * 86_400_000);
  const copy = mkdtempSync(join(tmpdir(), "apoc-tee-"));
  try {
    const first = await createDevelopmentRoot({ dir: copy, now });
    const renewed = await createDevelopmentRoot({ dir: copy, now: later });
    expect(renewed.sha256).not.toBe(first.sha256);
    expect(renewed.chipId).toEqual(first.chipId);
    expect(createDevelopmentTee({ root: renewed }).deriveKey("a")).toEqual(
      createDevelopmentTee({ root: first }).deriveKey("a"),
    );
    expect(renewed.notAfter.getTime()).toBeGreaterThan(later.getTime());
    const { failures } = await attest({}, renewed, later);
    expect(failures[0]).toBe("ROOT_UNTRUSTED");
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}, 120_000);

test("a state that others may read is refused", async () => {
  const path = join(dir, "development-tee.json");
  chmodSync(path, 0o640);
  try {
    await expect(createDevelopmentRoot({ dir, now })).rejects.toMatchObject({
      code: devnetErrors.TEE_STATE.code,
      field: path,
    });
  } finally {
    chmodSync(path, 0o600);
  }
});

test("derived keys differ by context, measurement, host data and guest policy", () => {
  const key = (context: string, options: Omit<DevelopmentTeeOptions, "root"> = {}) =>
    toHex(createDevelopmentTee({ root, ...options }).deriveKey(context));
  const keys = [
    key("a"),
    key("b"),
    key("a", { measurement: new Uint8Array(48) }),
    key("a", { hostData: new Uint8Array(32).fill(1) }),
    key("a", { policy: 0x20000n }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(key("a")).toBe(keys[0]);
  expect(() => key("")).toThrowError(expect.objectContaining({ code: devnetErrors.TEE_REQUEST.code }));
  expect(() => key("x".repeat(257))).toThrowError(
    expect.objectContaining({ code: devnetErrors.TEE_REQUEST.code }),
  );
});

test("report data of another size are refused", () => {
  const tee = createDevelopmentTee({ root });
  expect(() => tee.report(new Uint8Array(32))).toThrowError(
    expect.objectContaining({ code: devnetErrors.TEE_REQUEST.code, field: "reportData", actual: "32 bytes" }),
  );
});
