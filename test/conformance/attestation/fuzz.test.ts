import { expect, test } from "vitest";
import { fuzz } from "./fuzz.ts";
import { mutateBytes } from "./fuzz-mutation.ts";
import { isTyped } from "./fuzz-target.ts";
import { fuzzTargets } from "./fuzz-targets.ts";

const targets = await fuzzTargets();

test.for(targets)("changed inputs: $name", async (target) => {
  const { inputs, parsed, failures } = await fuzz(target, 500, 20261122);
  expect(failures).toEqual([]);
  expect(inputs).toBe(500);
  // A parser that takes nothing, or everything, would be tested in one half only.
  expect(parsed).toBeGreaterThan(0);
  expect(parsed).toBeLessThan(500);
});

test("the fuzzer sees untyped errors and accepts", async () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, index) => index);
  const target = { name: "faulty", seeds: [bytes], mutate: mutateBytes, parse: () => undefined };
  const untyped = await fuzz({ ...target, parse: () => (undefined as unknown as string[])[0]! }, 1, 1);
  expect(untyped.failures[0]).toContain("TypeError");
  expect((await fuzz({ ...target, judge: () => "accepted" }, 1, 1)).failures).toEqual(["0: accepted"]);
  expect(await fuzz({ ...target, parse: () => false, judge: () => "accepted" }, 3, 1)).toEqual({
    inputs: 3,
    parsed: 0,
    failures: [],
  });
  expect(isTyped(new RangeError("Maximum call stack size exceeded"))).toBe(false);
});
