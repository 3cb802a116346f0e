import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRecord, parseTrustPolicy, policyDigest, providerKeyId } from "@apoc/attestation";
import { toBase64 } from "@apoc/encoding";
import type { Context } from "@apoc/terminal";
import type { Wallet } from "@apoc/terminal/wallet";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { expect, onTestFinished, test } from "vitest";
import { saveRecord } from "../attestations/record-store.ts";
import { signRecord } from "@apoc/core";
import { attestedKey } from "./provider-key.ts";

const strict = "apiVersion: apoc.network/trust-policy/v1\nname: strict\n";
const lax = "apiVersion: apoc.network/trust-policy/v1\nname: lax\ndevelopment: true\n";
const provider = `0x${"5e".repeat(20)}`;
const developer = privateKeyToAccount(generatePrivateKey());

const time = (seconds: number) => `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z`;

/** A signed record of the provider that was made under a policy. */
async function recordUnder(policy: string) {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const shared = {
    policyDigest: policyDigest(parseTrustPolicy(policy)),
    evaluatedAt: time(-60),
    expiresAt: time(3600),
  };
  const zero = "00".repeat(32);
  const key = toBase64(spki);
  const named = { wrappingKey: key, provider, chainId: 31337 };
  const result = {
    version: 2,
    kind: "sev-snp",
    status: "affirming",
    development: true,
    checks: [{ name: "NONCE_MISMATCH", verdict: "pass" }],
    claims: {
      ...named,
      hpkeKey: "",
      meterKey: "",
      tlsKey: "",
      configurationDigest: zero,
      nodePolicyDigest: zero,
    },
    product: null,
    chipId: null,
    measurement: null,
    tcb: null,
    ...shared,
  };
  const nonce = toBase64(new Uint8Array(32));
  return signRecord(
    parseRecord({
      version: 2,
      evidenceDigest: zero,
      result,
      providerKeyId: providerKeyId(spki),
      nonce,
      ...named,
      ...shared,
    }),
    developer,
  );
}

test("a record opens what it was made for, and nothing under another trust policy", async () => {
  const folder = await mkdtemp(join(tmpdir(), "apoc-record-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "lax.yaml"), lax);
  await writeFile(join(folder, "strict.yaml"), strict);
  const signed = await recordUnder(lax);
  const path = await saveRecord(folder, signed);
  const ctx = {
    cwd: folder,
    config: { dataDirectory: folder, directory: folder, load: async () => ({ trustPolicy: "strict.yaml" }) },
  } as unknown as Context;
  const wallet = { address: developer.address } as Wallet;
  for (const named of [path, provider]) {
    const given = { policy: "lax.yaml", chainId: 31337 };
    expect((await attestedKey(ctx, named, wallet, given)).keyId).toBe(signed.record.providerKeyId);
    await expect(attestedKey(ctx, named, wallet, { ...given, policy: undefined })).rejects.toMatchObject({
      code: "APOC-9137",
      actual: signed.record.policyDigest,
    });
  }
});
