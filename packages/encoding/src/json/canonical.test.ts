import { expect, test } from "vitest";
import { canonicalJson, isWellFormed } from "./canonical.ts";

test("the example of RFC 8785, section 3.2.2", () => {
  const value = JSON.parse(String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`);
  expect(canonicalJson(value)).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

test("members are sorted by UTF-16 code units (RFC 8785, section 3.2.3)", () => {
  const value = JSON.parse(
    String.raw`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`,
  );
  const order = [...canonicalJson(value).matchAll(/:(\d)/g)].map((match) => match[1]);
  expect(order).toEqual(["2", "4", "6", "7", "1", "5", "3"]);
});

test("members that are undefined are left out, as by JSON.stringify", () => {
  expect(canonicalJson({ b: undefined, a: [{ d: undefined, c: null }] })).toBe('{"a":[{"c":null}]}');
});

test("a lone surrogate of a foreign document is escaped where that is asked for", () => {
  const value = { "\udc00": "a\ud800" };
  expect(canonicalJson(value, { loneSurrogates: "escape" })).toBe(String.raw`{"\udc00":"a\ud800"}`);
  expect(() => canonicalJson(value)).toThrow(TypeError);
});

test.each<[name: string, value: unknown]>([
  ["not a number", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
  ["a lone surrogate", "\ud800"],
  ["a lone surrogate as name", { "\udc00": 1 }],
  ["a bigint", 1n],
  ["undefined", [undefined]],
])("%s has no canonical form", (_name, value) => {
  expect(() => canonicalJson(value as never)).toThrow(TypeError);
});

test.each([
  ["a text", "\ud800", false],
  ["a name", { "\udc00": 1 }, false],
  ["deep inside", { a: [{ b: ["\ud800"] }] }, false],
  ["a pair", { a: ["\ud83d\ude00", 1, null, true] }, true],
])("well-formed Unicode: %s", (_name, value, expected) => {
  expect(isWellFormed(value)).toBe(expected);
});
