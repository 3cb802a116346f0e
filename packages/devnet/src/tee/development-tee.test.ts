import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Claims, type Evidence, parseTrustPolicy, reportData, verifyEvidence } from "@apoc/attestation";
import { concatBytes, fromHex, toHex } from "@apoc/encoding";
import { afterAll, beforeAll, expect, test } from "vitest";
import { devnetErrors } from "../errors.ts";
import {
  createDevelopmentRoot,
  createDevelopmentTee,
  type DevelopmentRoot,
  type DevelopmentTeeOptions,
  developmentTrustPolicy,
  type KeyField,
} from "./index.ts";

/** What a provider asks for. */
const guestKey = new Set<KeyField>(["policy", "measurement"]);
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
    ...keys,
    tlsKey: new Uint8Array(),
    chainId: 31337n,
    provider: `0x${"12".repeat(20)}` as const,
    configurationDigest: new Uint8Array(32).fill(1),
    nodePolicyDigest: new Uint8Array(32),
  };
  const report = tee.report(reportData(nonce, claims));
  const evidence: Evidence = {
    version: 2,
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

let keys: Pick<Claims, "wrappingKey" | "hpkeKey" | "meterKey">;
beforeAll(async () => {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  keys = {
    wrappingKey: new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey)),
    hpkeKey: concatBytes([0x00, 0x10], new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey))),
    meterKey: fromHex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
  };
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
  expect(createDevelopmentTee({ root: again }).deriveKey(guestKey)).toEqual(
    createDevelopmentTee({ root }).deriveKey(guestKey),
  );
});

test("expiring certificates are issued again, over the same keys and the same chip", async () => {
  const later = new Date(now.getTime() + 29 * 86_400_000);
  const copy = mkdtempSync(join(tmpdir(), "apoc-tee-"));
  try {
    const first = await createDevelopmentRoot({ dir: copy, now });
    const renewed = await createDevelopmentRoot({ dir: copy, now: later });
    expect(renewed.sha256).not.toBe(first.sha256);
    expect(renewed.chipId).toEqual(first.chipId);
    expect(createDevelopmentTee({ root: renewed }).deriveKey(guestKey)).toEqual(
      createDevelopmentTee({ root: first }).deriveKey(guestKey),
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

test("a derived key depends on the fields that are selected, and on nothing else of the guest", () => {
  const key = (select: readonly KeyField[], options: Omit<DevelopmentTeeOptions, "root"> = {}) =>
    toHex(createDevelopmentTee({ root, ...options }).deriveKey(new Set(select)));
  const measurement = new Uint8Array(48);
  const own = key(["policy", "measurement"]);
  const others = [
    key(["measurement"]),
    key(["policy", "measurement", "tcbVersion"]),
    key(["policy", "measurement"], { measurement }),
    key(["policy", "measurement"], { policy: 0x20000n }),
    key(["policy", "measurement", "guestSvn"], { guestSvn: 1 }),
    key(["policy", "measurement"], { vmpl: 1 }),
  ];
  expect(new Set([own, ...others]).size).toBe(others.length + 1);
  expect(key(["measurement", "policy"])).toBe(own);
  // As on hardware, host data is not among the fields, and what is not selected does not count.
  expect(key(["policy", "measurement"], { hostData: new Uint8Array(32).fill(1) })).toBe(own);
  expect(key(["policy", "measurement"], { guestSvn: 7 })).toBe(own);
  expect(key(["policy"], { measurement })).toBe(key(["policy"]));
});

test("report data of another size are refused", () => {
  const tee = createDevelopmentTee({ root });
  expect(() => tee.report(new Uint8Array(32))).toThrowError(
    expect.objectContaining({ code: devnetErrors.TEE_REQUEST.code, field: "reportData", actual: "32 bytes" }),
  );
});
