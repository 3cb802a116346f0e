import { parseRecord, providerKeyId } from "@apoc/attestation";
import { toBase64 } from "@apoc/encoding";
import { type Descriptor, MemoryTarget, sha256Digest } from "@apoc/oci";
import { privateKeyToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { verifyKeySignature } from "../signature.ts";
import {
  parseSignedRecord,
  pullRecord,
  pushRecord,
  recordMediaType,
  recordSigner,
  recordTag,
  signRecord,
} from "./index.ts";

const developer = privateKeyToAccount(`0x${"11".repeat(32)}`);
const stranger = privateKeyToAccount(`0x${"22".repeat(32)}`);
const refused = { code: "APOC-3003" };

async function record(evaluatedAt = "2026-11-22T00:00:00Z") {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const wrappingKey = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const zero = "00".repeat(32);
  const common = {
    policyDigest: zero,
    evaluatedAt,
    expiresAt: "2026-11-29T00:00:00Z",
  };
  const claims = {
    wrappingKey: toBase64(wrappingKey),
    hpkeKey: "",
    meterKey: "",
    tlsKey: "",
    chainId: 31337,
    provider: `0x${"5e".repeat(20)}`,
    configurationDigest: zero,
    nodePolicyDigest: zero,
  };
  return parseRecord({
    version: 2,
    evidenceDigest: zero,
    result: {
      version: 2,
      kind: "sev-snp",
      status: "affirming",
      development: true,
      checks: [{ name: "NONCE_MISMATCH", verdict: "pass" }],
      claims,
      product: null,
      chipId: null,
      measurement: null,
      tcb: null,
      ...common,
    },
    providerKeyId: providerKeyId(wrappingKey),
    wrappingKey: claims.wrappingKey,
    provider: claims.provider,
    chainId: claims.chainId,
    nonce: toBase64(new Uint8Array(32)),
    ...common,
  });
}

test("a record comes back from where it was pushed, signed by the developer", async () => {
  const target = new MemoryTarget();
  const signed = await signRecord(await record(), developer);
  const descriptor = await pushRecord(target, signed);
  const keyId = signed.record.providerKeyId;
  expect(recordTag(keyId)).toBe(`apoc.attestation.${keyId.slice(0, 32)}`);
  expect(await target.resolve(recordTag(keyId))).toEqual(descriptor);
  const pulled = await pullRecord(target, keyId);
  expect(pulled).toEqual(signed);
  expect(await recordSigner(pulled!, verifyKeySignature)).toBe(developer.address);
});

test("the artifact is the same bytes each time, and its type tells what it is", async () => {
  const signed = await signRecord(await record(), developer);
  const [first, second] = [new MemoryTarget(), new MemoryTarget()];
  const descriptor = await pushRecord(first, signed);
  expect(await pushRecord(second, signed)).toEqual(descriptor);
  const chunks: Uint8Array[] = [];
  for await (const chunk of first.fetch(descriptor)) chunks.push(chunk);
  const manifest = JSON.parse(Buffer.concat(chunks).toString()) as {
    artifactType: string;
    subject?: unknown;
  };
  expect(manifest.artifactType).toBe(recordMediaType);
  expect(manifest.subject).toBeUndefined();
});

test("a key without a record has none, and the record of another key under its tag is refused", async () => {
  const target = new MemoryTarget();
  const mine = await signRecord(await record(), developer);
  const other = await signRecord(await record(), developer);
  expect(await pullRecord(target, mine.record.providerKeyId)).toBeUndefined();
  const descriptor = await pushRecord(target, other);
  await target.tag(descriptor, recordTag(mine.record.providerKeyId));
  await expect(pullRecord(target, mine.record.providerKeyId)).rejects.toMatchObject(refused);
});

test.each<[string, (manifest: Record<string, unknown>, layer: Descriptor) => unknown]>([
  ["of another type", (manifest) => ({ ...manifest, artifactType: "application/x" })],
  [
    "with a layer of another type",
    (manifest, layer) => ({ ...manifest, layers: [{ ...layer, mediaType: "text/plain" }] }),
  ],
  ["with two layers", (manifest, layer) => ({ ...manifest, layers: [layer, layer] })],
  ["without layers", (manifest) => ({ ...manifest, layers: [] })],
])("an artifact %s is refused", async (_, change) => {
  const target = new MemoryTarget();
  const signed = await signRecord(await record(), developer);
  await pushRecord(target, signed);
  const body = new TextEncoder().encode(JSON.stringify(signed));
  const layer = { mediaType: recordMediaType, digest: sha256Digest(body), size: body.length };
  const config = new TextEncoder().encode("{}");
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: recordMediaType,
    config: {
      mediaType: "application/vnd.oci.empty.v1+json",
      digest: sha256Digest(config),
      size: config.length,
    },
    layers: [layer],
  };
  const bytes = new TextEncoder().encode(JSON.stringify(change(manifest, layer)));
  const descriptor = { mediaType: manifest.mediaType, digest: sha256Digest(bytes), size: bytes.length };
  await target.push(descriptor, bytes);
  await target.tag(descriptor, recordTag(signed.record.providerKeyId));
  await expect(pullRecord(target, signed.record.providerKeyId)).rejects.toMatchObject(refused);
});

test("a record that somebody altered, or says that somebody else signed, has no signer", async () => {
  const signed = await signRecord(await record(), developer);
  const claimed = { ...signed, developer: `eip155:31337:${stranger.address}` } as const;
  expect(await recordSigner(claimed, verifyKeySignature)).toBeUndefined();
  const later = { ...signed.record, evidenceDigest: "11".repeat(32) };
  expect(await recordSigner({ ...signed, record: later }, verifyKeySignature)).toBeUndefined();
});

test("other texts are refused", async () => {
  const signed = await signRecord(await record(), developer);
  expect(parseSignedRecord(JSON.stringify(signed))).toEqual(signed);
  for (const text of [
    "no json",
    "[]",
    "null",
    JSON.stringify({ ...signed, more: 1 }),
    JSON.stringify({ ...signed, record: {} }),
    JSON.stringify({ ...signed, developer: `eip155:1:${developer.address}` }),
    " ".repeat(262_145),
  ])
    expect(() => parseSignedRecord(text)).toThrowError(expect.objectContaining(refused));
});
