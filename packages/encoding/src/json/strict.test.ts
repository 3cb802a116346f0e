import { expect, test } from "vitest";
import { JsonError, type JsonProblem } from "./json-error.ts";
import { decodeStrictJson, parseStrictJson } from "./strict.ts";

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

const problemOf = (read: () => unknown): JsonProblem | undefined => {
  try {
    read();
  } catch (error) {
    if (error instanceof JsonError) return error.problem;
    throw error;
  }
  return undefined;
};

test("each rule refuses by its own name, and only what breaks it", () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  for (const [problem, text] of [
    ["syntax", '{"a":1'],
    ["syntax", "\ufeff{}"],
    ["size", `"${"x".repeat(1000)}"`],
    ["depth", nested(65)],
    ["repeated-member", '{"a":1,"b":{"a":1},"\\u0061":2}'],
    ["number", "1e999"],
    ["number", "[-1E+400]"],
    ["number", `{"a":${"9".repeat(400)}}`],
  ] as const)
    expect([text.slice(0, 20), problemOf(() => decodeStrictJson(utf8(text), 1000))]).toEqual([
      text.slice(0, 20),
      problem,
    ]);
  expect(problemOf(() => decodeStrictJson(Uint8Array.of(0x22, 0xff, 0x22), 10))).toBe("syntax");
  expect(decodeStrictJson(utf8('[1e3, -0.5e-2, 12, "1e999", {}]'), 1000)).toEqual([
    1000,
    -0.005,
    12,
    "1e999",
    {},
  ]);
  expect(problemOf(() => parseStrictJson(nested(64)))).toBeUndefined();
});
