import { hkdfSync } from "node:crypto";
import { parseTrustPolicy, policyDigest, trustPolicy } from "@apoc/attestation";
import { mediaTypes, MemoryTarget, sha256Digest } from "@apoc/oci";
import { CompactEncrypt } from "jose";
import { expect, test } from "vitest";
import { privateKeyToAccount } from "viem/accounts";
import { verifyKeySignature } from "../signature.ts";
import {
  cocoLayerKey,
  type GrantContent,
  grantTag,
  importWrappingKey,
  openGrant,
  parseGrant,
  pullGrant,
  sealGrant,
  verifyGrantSignature,
} from "./index.ts";
import { podErrors } from "../errors.ts";

const developer = privateKeyToAccount(`0x${"11".repeat(32)}`);
const stranger = privateKeyToAccount(`0x${"22".repeat(32)}`);
const image = `sha256:${"ab".repeat(32)}` as const;
const policy = parseTrustPolicy(`
apiVersion: apoc.network/trust-policy/v1
name: prod
snp: { measurements: ["${"12".repeat(48)}"], minTcb: { Genoa: { bl: 1, tee: 0, snp: 2, ucode: 3 } } }
`);
const config = `sha256:${"cd".repeat(32)}` as const;

async function wrappingPair() {
  const pair = (await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, [
    "deriveBits",
  ])) as CryptoKeyPair;
  return {
    privateKey: pair.privateKey,
    spki: new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey)),
  };
}

async function imageKey() {
  const pair = (await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, [
    "deriveBits",
  ])) as CryptoKeyPair;
  const { x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return { kty: "EC", crv: "P-256", x: x!, y: y!, d: d! } as const;
}

async function fixture() {
  const provider = await wrappingPair();
  const key = await imageKey();
  const decision = {
    image,
    config,
    imageKey: key,
    licenseHash: `0x${"ef".repeat(32)}`,
    wrappingKey: provider.spki,
    notAfter: new Date("2026-12-01T00:00:00Z"),
    policy,
    chainId: 31337,
  } as const;
  return { provider, key, decision, grant: await sealGrant(decision, developer) };
}

test("the provider opens the grant, finds the image key, and the signature is the developer's", async () => {
  const { provider, key, grant } = await fixture();
  const wire = parseGrant(JSON.stringify(grant));
  expect(await verifyGrantSignature(wire, verifyKeySignature)).toBe(true);
  expect(await openGrant(wire, provider.privateKey)).toMatchObject({
    image,
    config,
    key,
    notAfter: 1796083200,
    policy,
  });
  expect(wire.policyDigest).toBe(policyDigest(policy));
  expect(JSON.stringify(grant)).not.toContain(key.d);
});

test("another key cannot open it", async () => {
  const { grant } = await fixture();
  await expect(openGrant(grant, (await wrappingPair()).privateKey)).rejects.toMatchObject({
    code: "APOC-5102",
  });
});

test("every signed field is covered by the signature, the sealed content too", async () => {
  const { grant, decision } = await fixture();
  const other = await sealGrant(decision, developer);
  const altered = [
    { ...grant, image: config },
    { ...grant, providerKeyId: "0".repeat(64) },
    { ...grant, licenseHash: `0x${"00".repeat(32)}` as const },
    { ...grant, notAfter: grant.notAfter + 1 },
    { ...grant, policyDigest: "0".repeat(64) },
    { ...grant, jwe: other.jwe },
    { ...grant, developer: `eip155:31337:${stranger.address}` as const },
    { ...grant, developer: `eip155:1:${developer.address}` as const },
  ];
  for (const one of altered) expect(await verifyGrantSignature(one, verifyKeySignature)).toBe(false);
});

test.each(["image", "licenseHash", "notAfter"] as const)(
  "an outer %s that differs from the inner one is refused",
  async (field) => {
    const { provider, grant } = await fixture();
    const other = { image: config, licenseHash: `0x${"00".repeat(32)}`, notAfter: 1 }[field];
    await expect(openGrant({ ...grant, [field]: other }, provider.privateKey)).rejects.toMatchObject({
      code: "APOC-5103",
    });
  },
);

test("unknown members and wrong forms are refused", async () => {
  const { grant } = await fixture();
  for (const value of [
    { ...grant, more: 1 },
    { ...grant, version: "2" },
    { ...grant, policyDigest: "0" },
    { ...grant, jwe: "x" },
    { ...grant, image: "sha512:00" },
    null,
  ]) {
    expect(() => parseGrant(value)).toThrowError(expect.objectContaining({ code: "APOC-5101" }));
  }
});

/** A grant whose JWE holds what is given, sealed and signed as any other. */
async function grantHolding(change: (content: GrantContent) => object) {
  const { provider, decision, grant } = await fixture();
  const content = await openGrant(grant, provider.privateKey);
  const jwe = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(change(content))))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM" })
    .encrypt(await importWrappingKey(decision.wrappingKey));
  return { provider, grant: { ...grant, jwe } };
}

test("the policy inside must be the one that is signed outside, in its normal form", async () => {
  const other = parseTrustPolicy("apiVersion: apoc.network/trust-policy/v1\nname: lax\nsnp: {}\n");
  const { maxAge: _, ...withoutDefault } = policy;
  for (const inner of [other, { ...policy, name: "other" }, withoutDefault]) {
    const { provider, grant } = await grantHolding((content) => ({ ...content, policy: inner }));
    await expect(openGrant(grant, provider.privateKey)).rejects.toMatchObject({
      code: podErrors.GRANT_POLICY.code,
      expected: policyDigest(policy),
    });
  }
  for (const inner of [undefined, "prod", { ...policy, more: 1 }]) {
    const { provider, grant } = await grantHolding((content) => ({ ...content, policy: inner }));
    await expect(openGrant(grant, provider.privateKey)).rejects.toMatchObject({
      code: podErrors.GRANT_INVALID.code,
    });
  }
  const { provider, grant } = await grantHolding((content) => content);
  expect((await openGrant(grant, provider.privateKey)).policy).toEqual(policy);
});

test("version 1 is refused by a code of its own, outside and inside", async () => {
  const { grant } = await fixture();
  const code = podErrors.GRANT_VERSION.code;
  for (const value of [{ ...grant, version: 1 }, { version: 1 }])
    expect(() => parseGrant(JSON.stringify(value))).toThrowError(
      expect.objectContaining({ code, actual: "1" }),
    );
  const inside = await grantHolding((content) => ({ ...content, version: 1 }));
  await expect(openGrant(inside.grant, inside.provider.privateKey)).rejects.toMatchObject({ code });
});

test("a policy that is too large for a grant is refused before anything is sealed", async () => {
  const { decision } = await fixture();
  const measurements = (count: number) =>
    Array.from({ length: count }, (_, index) => index.toString(16).padStart(96, "0"));
  const withLists = (count: number) => {
    const lists = { measurements: measurements(count), idKeyDigests: measurements(count) };
    return trustPolicy({ ...policy, snp: { ...policy.snp, ...lists } });
  };
  const largest = await sealGrant({ ...decision, policy: withLists(76) }, developer);
  expect(parseGrant(JSON.stringify(largest)).policyDigest).toBe(largest.policyDigest);
  await expect(sealGrant({ ...decision, policy: withLists(84) }, developer)).rejects.toMatchObject({
    code: podErrors.GRANT_INVALID.code,
    field: "policy",
  });
});

test("a grant of version 1 beside an image is refused, not passed over", async () => {
  const target = new MemoryTarget();
  const put = async (mediaType: string, content: object) => {
    const bytes = new TextEncoder().encode(JSON.stringify(content));
    const descriptor = { mediaType, digest: sha256Digest(bytes), size: bytes.length };
    await target.push(descriptor, bytes);
    return descriptor;
  };
  const key = "cd".repeat(32);
  const empty = await put(mediaTypes.empty, {});
  const layer = await put("application/vnd.apocryph.grant.v1+json", { version: 1 });
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: empty, layers: [layer] };
  await target.tag(await put(mediaTypes.manifest, manifest), grantTag(image, key));
  await expect(pullGrant(target, image, key)).rejects.toMatchObject({ code: podErrors.GRANT_VERSION.code });
  expect(await pullGrant(target, image, "ef".repeat(32))).toBeUndefined();
});

test("the key of a CoCo recipient follows from image key and layer, and no key gives another", async () => {
  const key = await imageKey();
  const [layer, other] = [image, config];
  const first = await cocoLayerKey(key, layer);
  const expected = hkdfSync(
    "sha256",
    Buffer.from(key.d, "base64url"),
    "",
    `apoc-coco-layer-key-v1\0${layer}`,
    32,
  );
  expect(first).toEqual(new Uint8Array(expected));
  expect(await cocoLayerKey(key, layer)).toEqual(first);
  expect(await cocoLayerKey(key, other)).not.toEqual(first);
  expect(await cocoLayerKey(await imageKey(), layer)).not.toEqual(first);
});

test("the tag is deterministic and fits a registry's 128 characters", () => {
  const tag = grantTag(image, "0123456789abcdef".repeat(4));
  expect(tag).toBe(`sha256-${"ab".repeat(32)}.apoc.${"0123456789abcdef".repeat(2)}`);
  expect(tag.length).toBeLessThanOrEqual(128);
});
