import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { expect, test } from "vitest";
import * as node from "./node.ts";
import * as portable from "./portable.ts";
import type { EcdsaScheme } from "./verification-key.ts";

const message = new TextEncoder().encode("the bytes that were signed");
const other = new TextEncoder().encode("the bytes that were singed");
const spkiOf = (key: KeyObject) => Uint8Array.from(key.export({ format: "der", type: "spki" }));
const flipped = (bytes: Uint8Array<ArrayBuffer>, index: number) => {
  const copy = Uint8Array.from(bytes);
  copy[index] = copy[index]! ^ 1;
  return copy;
};

test.for([
  ["OpenSSL", node],
  ["WebCrypto", portable],
] as const)("%s verifies RSASSA-PSS with salt 48 and nothing else", async ([, platform]) => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = await platform.importRsaKey(spkiOf(publicKey));
  const signed = (options: object, hash = "sha384") =>
    Uint8Array.from(
      sign(hash, message, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, ...options }),
    );
  const signature = signed({ saltLength: 48 });
  const verify = (value: Uint8Array<ArrayBuffer>, bytes = message) =>
    platform.verifySignature(key, value, bytes);
  expect(await verify(signature)).toBe(true);
  expect(await verify(signature, other)).toBe(false);
  expect(await verify(flipped(signature, 100))).toBe(false);
  expect(await verify(signature.slice(1))).toBe(false);
  expect(await verify(new Uint8Array())).toBe(false);
  // One in 256 begins with a zero byte, without which its value is the same.
  let zero = signature;
  while (zero[0] !== 0) zero = signed({ saltLength: 48 });
  expect(await verify(zero)).toBe(true);
  expect(await verify(zero.slice(1))).toBe(false);
  expect(await verify(Uint8Array.of(0, ...signature))).toBe(false);
  expect(await verify(signed({ saltLength: 32 }))).toBe(false);
  expect(await verify(signed({ saltLength: 64 }))).toBe(false);
  expect(await verify(signed({ saltLength: 48 }, "sha256"))).toBe(false);
  expect(await verify(signed({ padding: constants.RSA_PKCS1_PADDING }))).toBe(false);

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
  await expect(platform.importRsaKey(spkiOf(ec))).rejects.toThrow();
  await expect(platform.importRsaKey(new Uint8Array())).rejects.toThrow();
});

const curves = [
  ["P-256", "sha256", "ecdsa-p256-sha256"],
  ["P-384", "sha384", "ecdsa-p384-sha384"],
] as const satisfies readonly (readonly [string, string, EcdsaScheme])[];

test.for([
  ["OpenSSL", node],
  ["WebCrypto", portable],
] as const)("%s verifies ECDSA over both curves", async ([, platform]) => {
  for (const [namedCurve, hash, scheme] of curves) {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve });
    const size = namedCurve === "P-256" ? 32 : 48;
    const point = spkiOf(publicKey).slice(-(1 + 2 * size));
    const key = await platform.importEcdsaKey(scheme, point);
    const verify = (value: Uint8Array<ArrayBuffer>, bytes = message) =>
      platform.verifySignature(key, value, bytes);
    // Many signatures: among them scalars that begin with a zero byte and with a high bit.
    for (let count = 0; count < 300; count++) {
      const signature = Uint8Array.from(sign(hash, message, { key: privateKey, dsaEncoding: "ieee-p1363" }));
      expect(await verify(signature)).toBe(true);
      if (count > 0) continue;
      expect(await verify(signature, other)).toBe(false);
      for (const index of [0, size - 1, size, 2 * size - 1])
        expect(await verify(flipped(signature, index))).toBe(false);
      expect(await verify(signature.slice(0, -1))).toBe(false);
      expect(await verify(Uint8Array.from([0, ...signature]))).toBe(false);
    }
    expect(await verify(new Uint8Array(2 * size))).toBe(false);
    expect(await verify(new Uint8Array(2 * size).fill(0xff))).toBe(false);
    expect(await verify(new Uint8Array())).toBe(false);

    await expect(platform.importEcdsaKey(scheme, flipped(point, 5))).rejects.toThrow();
    await expect(platform.importEcdsaKey(scheme, point.slice(0, -1))).rejects.toThrow();
    const compressed = Uint8Array.from([2 + (point.at(-1)! & 1), ...point.subarray(1, 1 + size)]);
    await expect(platform.importEcdsaKey(scheme, compressed)).rejects.toThrow();
    await expect(platform.importEcdsaKey(scheme, flipped(point, 0))).rejects.toThrow();
    await expect(platform.importEcdsaKey(scheme, new Uint8Array())).rejects.toThrow();
    const [wrong] = curves.filter(([name]) => name !== namedCurve);
    await expect(platform.importEcdsaKey(wrong![2], point)).rejects.toThrow();
  }
});
