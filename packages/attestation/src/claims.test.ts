import { concatBytes, fromHex, toHex } from "@apoc/encoding";
import { isApocError } from "@apoc/errors";
import { expect, test } from "vitest";
import { isHpkeKey, isMeterKey, isP256Key, isTlsKey, meterAddress } from "./claim-keys.ts";
import { type Claims, reportData } from "./claims.ts";
import { attestationErrors } from "./errors.ts";
import { evidence } from "./testing/development.ts";

const { nonce, claims } = evidence;

test("every field changes the report data, and moving a byte between fields does too", () => {
  const { wrappingKey, hpkeKey } = claims;
  const variants: readonly (readonly [Uint8Array, Claims])[] = [
    [nonce, claims],
    [fromHex("ff".repeat(32)), claims],
    [nonce, { ...claims, wrappingKey: wrappingKey.slice(0, 90) }],
    [
      nonce,
      {
        ...claims,
        wrappingKey: wrappingKey.slice(0, 90),
        hpkeKey: concatBytes(wrappingKey.slice(90), hpkeKey),
      },
    ],
    [nonce, { ...claims, hpkeKey: wrappingKey }],
    [nonce, { ...claims, meterKey: hpkeKey }],
    [nonce, { ...claims, tlsKey: wrappingKey }],
    [nonce, { ...claims, chainId: 1n }],
    [nonce, { ...claims, provider: `0x${"11".repeat(20)}` }],
    [nonce, { ...claims, configurationDigest: new Uint8Array(32) }],
    [nonce, { ...claims, nodePolicyDigest: new Uint8Array(32).fill(1) }],
  ];
  expect(new Set(variants.map((variant) => toHex(reportData(...variant)))).size).toBe(variants.length);
});

test("the case of the provider's address does not matter", () => {
  const provider = `0x${claims.provider.slice(2).toUpperCase()}` as const;
  expect(reportData(nonce, { ...claims, provider })).toEqual(reportData(nonce, claims));
});

test.each([
  ["nonce", nonce.slice(1), claims],
  ["claims.configurationDigest", nonce, { ...claims, configurationDigest: new Uint8Array(31) }],
  ["claims.nodePolicyDigest", nonce, { ...claims, nodePolicyDigest: new Uint8Array(33) }],
  ["claims.chainId", nonce, { ...claims, chainId: 1n << 256n }],
  ["claims.chainId", nonce, { ...claims, chainId: 0n }],
  ["claims.provider", nonce, { ...claims, provider: "0x12" as const }],
])("%s of the wrong size is refused", (field, badNonce, badClaims) => {
  const attempt = () => reportData(badNonce, badClaims);
  expect(attempt).toThrowError(expect.objectContaining({ code: attestationErrors.ENCODING.code, field }));
});

test("only an uncompressed P-256 key on its curve is a wrapping key", () => {
  expect(isP256Key(claims.wrappingKey)).toBe(true);
  const offCurve = Uint8Array.from(claims.wrappingKey);
  offCurve[90] = offCurve[90]! ^ 1;
  for (const key of [offCurve, claims.wrappingKey.slice(1), new Uint8Array(91), new Uint8Array()]) {
    expect(isP256Key(key)).toBe(false);
  }
});

test("an HPKE key is the id of its KEM and an uncompressed point on the curve", () => {
  const { hpkeKey } = claims;
  expect(isHpkeKey(hpkeKey)).toBe(true);
  const changed = (at: number, value: number) => hpkeKey.map((byte, index) => (index === at ? value : byte));
  for (const key of [
    changed(1, 0x20),
    changed(0, 1),
    changed(2, 2),
    changed(66, hpkeKey[66]! ^ 1),
    hpkeKey.slice(2),
    concatBytes(hpkeKey, [0]),
    new Uint8Array(67),
    new Uint8Array(),
  ])
    expect(isHpkeKey(key)).toBe(false);
});

test("a meter key is a compressed point of secp256k1, and channels name its account", () => {
  // The generator: the public key of the private key 1.
  const generator = fromHex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
  expect(isMeterKey(generator)).toBe(true);
  expect(meterAddress(generator)).toBe("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
  for (const key of [
    generator.slice(1),
    concatBytes(generator, [0]),
    fromHex(`04${"79".repeat(64)}`),
    // 5 has no square root in y² = x³ + 7.
    fromHex(`02${"00".repeat(31)}05`),
    new Uint8Array(33),
    new Uint8Array(),
  ])
    expect(isMeterKey(key)).toBe(false);
});

test("a TLS key is nothing or one DER sequence", () => {
  expect(isTlsKey(new Uint8Array())).toBe(true);
  expect(isTlsKey(claims.wrappingKey)).toBe(true);
  expect(isTlsKey(Uint8Array.from([...claims.wrappingKey, 0]))).toBe(false);
  expect(isTlsKey(fromHex("0400"))).toBe(false);
});

test("an error of this package is recognised by its descriptor", () => {
  let caught: unknown;
  try {
    reportData(new Uint8Array(), claims);
  } catch (error) {
    caught = error;
  }
  expect(isApocError(caught, attestationErrors.ENCODING)).toBe(true);
});
