import { expect, test } from "vitest";
import { der, DerError, DerReader } from "@apoc/encoding";
import { newKeys, pointOf, signRaw } from "../testing/tdx-platform.ts";
import { importP256Key, isEcdsaSha256, readEcdsaSignature, verifyEcdsaSha256 } from "./ecdsa.ts";

const point = (xy: Uint8Array) => Uint8Array.from([4, ...xy]);
const data = Uint8Array.from(Buffer.from("data"));

test("a key verifies what its other half signed, whether it was read before or not", async () => {
  const keys = newKeys();
  const signature = Uint8Array.from(signRaw(data, keys.privateKey));
  // More keys than are remembered, so that the first is read again at the end.
  for (const other of [keys, ...Array.from({ length: 40 }, () => newKeys()), keys, keys]) {
    const key = await importP256Key(point(pointOf(other)));
    expect(await verifyEcdsaSha256(key, signature, data)).toBe(other === keys);
  }
});

test("a point off the curve is refused every time", async () => {
  const bytes = point(new Uint8Array(64).fill(1));
  for (let round = 0; round < 2; round++) await expect(importP256Key(bytes)).rejects.toThrow();
  await expect(importP256Key(Uint8Array.from([2, ...new Uint8Array(32).fill(1)]))).rejects.toThrow();
});

test("a signature of another size does not hold", async () => {
  const keys = newKeys();
  const key = await importP256Key(point(pointOf(keys)));
  const signature = Uint8Array.from(signRaw(data, keys.privateKey));
  for (const other of [
    signature.slice(1),
    Uint8Array.from([...signature, 0]),
    new Uint8Array(),
    new Uint8Array(64),
  ])
    expect(await verifyEcdsaSha256(key, other, data)).toBe(false);
});

test("scalars of a DER signature are padded to 32 bytes", () => {
  const signature = readEcdsaSignature(der.sequence(der.integer(1), der.integer(0x80)));
  expect([...signature].map((byte, index) => [byte, index]).filter(([byte]) => byte !== 0)).toEqual([
    [1, 31],
    [0x80, 63],
  ]);
});

test.each([
  ["one scalar", der.sequence(der.integer(1))],
  ["three scalars", der.sequence(der.integer(1), der.integer(1), der.integer(1))],
  ["a negative scalar", der.sequence(der.integer(1), der.element(2, Uint8Array.of(0x80)))],
  ["a scalar with a zero too many", der.sequence(der.integer(1), der.element(2, Uint8Array.of(0, 1)))],
  ["a scalar of 33 bytes", der.sequence(der.integer(1), der.element(2, new Uint8Array(33).fill(1)))],
  ["bytes after the end", Uint8Array.from([...der.sequence(der.integer(1), der.integer(1)), 0])],
])("a DER signature with %s is refused", (_name, bytes) => {
  expect(() => readEcdsaSignature(bytes)).toThrowError(DerError);
});

test("only ecdsa-with-SHA256 without parameters is the algorithm", () => {
  const is = (...content: readonly Uint8Array[]) =>
    isEcdsaSha256(new DerReader(der.sequence(...content)).next());
  expect(is(der.oid("1.2.840.10045.4.3.2"))).toBe(true);
  expect(is(der.oid("1.2.840.10045.4.3.2"), der.element(5))).toBe(false);
  expect(is(der.oid("1.2.840.10045.4.3.3"))).toBe(false);
  expect(is()).toBe(false);
});
