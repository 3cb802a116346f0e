import { expect, test } from "vitest";
import { fuzz } from "../fuzz/fuzz.ts";
import { fuzzTargets } from "./fuzz.ts";

test.for(fuzzTargets)("changed inputs: $name", async (target) => {
  const { inputs, parsed, failures } = await fuzz(target, 1500, 2);
  expect(failures).toEqual([]);
  expect(inputs).toBe(1500);
  expect(parsed, "a parser that takes nothing would not be judged at all").toBeGreaterThan(0);
});
