import { expect, test } from "vitest";
import { JsonError, parseStrictJson } from "./strict-json.ts";

test("values are those of JSON", () => {
  const text = '{"a":[1,{"b":"}\\"{,:"},{"b":null}],"c":{"a":true,"":-1.5e3},"b":[[],{}]}';
  expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  expect(parseStrictJson(' "a:b" ')).toBe("a:b");
});

test.each([
  ["no JSON", "{"],
  ["two values", "{}{}"],
  ["a member twice", '{"a":1,"a":1}'],
  ["a member twice, spelt differently", '{"a":1,"\\u0061":2}'],
  ["a nested member twice", '{"x":[{"a":{},"b":[{"q":1,"q":1}]}]}'],
  ["a member twice with an object between", '{"a":{"a":1},"b":[],"a":{}}'],
  ["__proto__ twice", '{"__proto__":1,"__proto__":2}'],
])("%s is refused", (_name, text) => {
  expect(() => parseStrictJson(text)).toThrowError(JsonError);
});
