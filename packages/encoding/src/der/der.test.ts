import { expect, test } from "vitest";
import { fromHex, toHex } from "../hex.ts";
import { DerError } from "./der-error.ts";
import { DerReader, readElements, readSequence } from "./reader.ts";
import { readTime } from "./time.ts";
import { readBitString, readBoolean, readOid, readSmallInteger } from "./values.ts";
import * as der from "./writer.ts";

const element = (hex: string) => new DerReader(fromHex(hex)).next();
const text = (tag: string, value: string) =>
  `${tag}${value.length.toString(16).padStart(2, "0")}${toHex(new TextEncoder().encode(value))}`;

test("values in their one DER form are read", () => {
  expect(readSmallInteger(element("020100"))).toBe(0);
  expect(readSmallInteger(element("02020080"))).toBe(128);
  expect(readOid(element("06092a864886f70d01010a"))).toBe("1.2.840.113549.1.1.10");
  expect(readOid(element("0603550403"))).toBe("2.5.4.3");
  expect(readOid(element("06052b81040022"))).toBe("1.3.132.0.34");
  expect(readBoolean(element("0101ff"))).toBe(true);
  expect([...readBitString(element("0303000102"))]).toEqual([1, 2]);
  expect(readTime(element(text("17", "491231235959Z")))).toEqual(new Date("2049-12-31T23:59:59Z"));
  expect(readTime(element(text("17", "500101000000Z")))).toEqual(new Date("1950-01-01T00:00:00Z"));
  expect(readTime(element(text("18", "20510228000000Z")))).toEqual(new Date("2051-02-28T00:00:00Z"));
});

test.each([
  ["bytes after the end", () => readSequence(fromHex("300000"))],
  ["no bytes", () => readSequence(new Uint8Array())],
  ["another tag", () => readSequence(fromHex("3100"))],
  ["a content longer than its parent", () => element("0402ff")],
  ["an indefinite length", () => element("30800000")],
  ["a length that fits in one byte, in two", () => element("04810100")],
  ["a length with a leading zero", () => element(`04820080${"00".repeat(128)}`)],
  ["a length of four bytes", () => element("048401000000")],
  ["a high tag number", () => element("1f8100")],
  ["an empty integer", () => readSmallInteger(element("0200"))],
  ["a negative integer", () => readSmallInteger(element("0201ff"))],
  ["an integer with a needless zero", () => readSmallInteger(element("02020001"))],
  ["an integer over 31 bits", () => readSmallInteger(element("02050080000000"))],
  ["a boolean that is neither 00 nor ff", () => readBoolean(element("010101"))],
  ["unused bits", () => readBitString(element("03020780"))],
  ["an object identifier with a leading 80", () => readOid(element("06028001"))],
  ["an object identifier that ends early", () => readOid(element("06022a86"))],
  ["a day that does not exist", () => readTime(element(text("17", "260230000000Z")))],
  ["a time without seconds", () => readTime(element(text("17", "2602010000Z")))],
  ["a time with an offset", () => readTime(element(text("18", "20260201000000+0100")))],
  ["a time in another type", () => readTime(element(text("13", "260201000000Z")))],
])("%s is refused", (_name, read) => {
  expect(read).toThrow(DerError);
});

test("what is written is read again, with lengths of one to four bytes", () => {
  for (const size of [0, 127, 128, 255, 256, 65_535, 65_536]) {
    const content = new Uint8Array(size).fill(7);
    const [read, ...rest] = readElements(der.octetString(content));
    expect(read?.content).toEqual(content);
    expect(rest).toEqual([]);
  }
  for (const value of [0, 1, 127, 128, 65_535, 2 ** 31 - 1])
    expect(readSmallInteger(new DerReader(der.integer(value)).next())).toBe(value);
  for (const name of ["1.2.840.113549.1.1.10", "2.5.4.3", "1.3.6.1.4.1.3704.1.3.8"])
    expect(readOid(new DerReader(der.oid(name)).next())).toBe(name);
  const date = new Date("2030-02-28T23:59:59Z");
  expect(readTime(new DerReader(der.utcTime(date)).next())).toEqual(date);
  expect(toHex(der.unsigned(fromHex("0000ff")))).toBe("020200ff");
  expect(toHex(der.unsigned(fromHex("0000")))).toBe("020100");
});
