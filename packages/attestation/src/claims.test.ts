import { fromHex, toHex } from "@apoc/encoding";
import { isApocError } from "@apoc/errors";
import { expect, test } from "vitest";
import { type Claims, isP256Key, isTlsKey, reportData } from "./claims.ts";
import { attestationErrors } from "./errors.ts";
import { evidence } from "./testing/development.ts";

const { nonce, claims } = evidence;

test("every field changes the report data, and moving a byte between fields does too", () => {
  const variants: readonly (readonly [Uint8Array, Claims])[] = [
    [nonce, claims],
    [fromHex("ff".repeat(32)), claims],
    [nonce, { ...claims, wrappingKey: claims.wrappingKey.slice(0, 90) }],
    [
      nonce,
      { ...claims, wrappingKey: claims.wrappingKey.slice(0, 90), tlsKey: claims.wrappingKey.slice(90) },
    ],
    [nonce, { ...claims, tlsKey: claims.wrappingKey }],
    [nonce, { ...claims, chainId: 1n }],
    [nonce, { ...claims, provider: `0x${"11".repeat(20)}` }],
    [nonce, { ...claims, policyDigest: new Uint8Array(32) }],
  ];
  expect(new Set(variants.map((variant) => toHex(reportData(...variant)))).size).toBe(variants.length);
});

test("the case of the provider's address does not matter", () => {
  const provider = `0x${claims.provider.slice(2).toUpperCase()}` as const;
  expect(reportData(nonce, { ...claims, provider })).toEqual(reportData(nonce, claims));
});

test.each([
  ["nonce", nonce.slice(1), claims],
  ["claims.policyDigest", nonce, { ...claims, policyDigest: new Uint8Array(31) }],
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
