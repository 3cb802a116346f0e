import { expect, test } from "vitest";
import { decodeBase64, decodeBase64Url, fromBase64, fromBase64Url, toBase64, toBase64Url } from "./base64.ts";
import { concatBytes, equalBytes } from "./bytes.ts";
import { EncodingError } from "./encoding-error.ts";
import { decodeHex, fromHex, toHex } from "./hex.ts";

const samples = [0, 1, 2, 3, 4, 255, 8192, 8193].map((size) =>
  new Uint8Array(size).map((_, i) => (i * 7) & 255),
);

test("base64, base64url and hexadecimal are those of Node, both ways", () => {
  for (const bytes of samples) {
    for (const [encoding, write, read] of [
      ["base64", toBase64, decodeBase64],
      ["base64url", toBase64Url, decodeBase64Url],
      ["hex", toHex, decodeHex],
    ] as const) {
      const text = Buffer.from(bytes).toString(encoding);
      expect(write(bytes)).toBe(text);
      expect(read(text)).toEqual(bytes);
    }
  }
});

test.each([
  ["missing padding", "AAE"],
  ["too much padding", "AA==="],
  ["padding inside", "AA==AAAA"],
  ["white space", "AAEC\n"],
  ["the alphabet of URLs", "-_-_"],
  ["non-zero trailing bits of one byte", "AB=="],
  ["non-zero trailing bits of two bytes", "AAB="],
  ["a character beyond ASCII", "AAE\u0141"],
])("base64 with %s is refused", (_name, text) => {
  expect(decodeBase64(text)).toBeUndefined();
  expect(() => fromBase64(text)).toThrowError(EncodingError);
});

test.each([
  ["padding", "AA=="],
  ["the standard alphabet", "+/+/"],
  ["a length that no bytes have", "AAAAA"],
  ["non-zero trailing bits", "AB"],
])("base64url with %s is refused", (_name, text) => {
  expect(decodeBase64Url(text)).toBeUndefined();
  expect(() => fromBase64Url(text)).toThrowError(EncodingError);
});

test.each([
  ["upper case", "FF"],
  ["a prefix", "0x00"],
  ["half a byte", "000"],
  ["a line end", "00\n"],
])("hexadecimal with %s is refused", (_name, text) => {
  expect(decodeHex(text)).toBeUndefined();
  expect(() => fromHex(text)).toThrowError(EncodingError);
});

test("byte strings are compared and joined", () => {
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  expect([...concatBytes([1], Uint8Array.of(2, 3), [])]).toEqual([1, 2, 3]);
});
