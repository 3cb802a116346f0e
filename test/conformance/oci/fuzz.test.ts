import { expect, test } from "vitest";
import { fuzz } from "../fuzz/fuzz.ts";
import { fuzzTargets } from "./fuzz.ts";

test.for(fuzzTargets)("changed inputs: $name", async (target) => {
  const { inputs, parsed, failures } = await fuzz(target, 300, 20261122);
  expect(failures).toEqual([]);
  expect(inputs).toBe(300);
  // A parser that takes nothing would not be judged at all.
  expect(parsed).toBeGreaterThan(0);
});

test("the fuzzer sees uncoded errors and wrong values", async () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, index) => index);
  const faulty = { name: "faulty", seeds: [bytes], mutate: () => bytes };
  const uncoded = await fuzz({ ...faulty, parse: () => JSON.parse("{") as unknown }, 1, 1);
  expect(uncoded.failures[0]).toContain("SyntaxError");
  const wrong = await fuzz({ ...faulty, parse: () => 1, judge: () => "wrong" }, 1, 1);
  expect(wrong.failures).toEqual(["0: wrong"]);
});
