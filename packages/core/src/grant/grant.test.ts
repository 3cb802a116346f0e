import { expect, test } from "vitest";
import { privateKeyToAccount } from "viem/accounts";
import { verifyKeySignature } from "../signature.ts";
import { grantTag, openGrant, parseGrant, sealGrant, verifyGrantSignature } from "./index.ts";

const developer = privateKeyToAccount(`0x${"11".repeat(32)}`);
const stranger = privateKeyToAccount(`0x${"22".repeat(32)}`);
const image = `sha256:${"ab".repeat(32)}` as const;
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
  });
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
    { ...grant, version: 2 },
    { ...grant, jwe: "x" },
    { ...grant, image: "sha512:00" },
    null,
  ]) {
    expect(() => parseGrant(value)).toThrowError(expect.objectContaining({ code: "APOC-5101" }));
  }
});

test("the tag is deterministic and fits a registry's 128 characters", () => {
  const tag = grantTag(image, "0123456789abcdef".repeat(4));
  expect(tag).toBe(`sha256-${"ab".repeat(32)}.apoc.${"0123456789abcdef".repeat(2)}`);
  expect(tag.length).toBeLessThanOrEqual(128);
});
