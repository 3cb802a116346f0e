import { expect, test } from "vitest";
import { fuzz } from "./fuzz.ts";
import { isTyped } from "./fuzz-target.ts";
import { fuzzTargets } from "./fuzz-targets.ts";

const targets = await fuzzTargets();

test.for(targets)("changed inputs: $name", async (target) => {
  const { runs, failures } = await fuzz(target, 250, 20261122);
  expect(failures).toEqual([]);
  expect(runs).toBe(250);
});

test("the fuzzer sees untyped errors and accepts", async () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, index) => index);
  const target = { name: "faulty", seeds: [bytes], mutate: () => bytes };
  const untyped = await fuzz({ ...target, read: () => (undefined as unknown as string[])[0]! }, 1, 1);
  expect(untyped.failures[0]).toContain("TypeError");
  expect((await fuzz({ ...target, read: () => "accepted" }, 1, 1)).failures).toEqual(["0: accepted"]);
  expect(isTyped(new RangeError("Maximum call stack size exceeded"))).toBe(false);
});
