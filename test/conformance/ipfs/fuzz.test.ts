import { expect, test } from "vitest";
import { fuzz } from "./fuzz.ts";
import { fuzzTargets } from "./fuzz-targets.ts";

const targets = await fuzzTargets();

test.for(targets)("changed inputs: $name", async (target) => {
  const { runs, read, failures } = await fuzz(target, 500, 20261122);
  expect(failures).toEqual([]);
  expect(runs).toBe(500);
  // Changes are small enough for some of them to be read.
  expect(read).toBeGreaterThan(0);
});

test("the fuzzer sees untyped errors and wrong readings", async () => {
  const seed = Uint8Array.of(1, 2, 3);
  const target = { name: "faulty", seeds: [seed], mutate: () => seed };
  const untyped = await fuzz({ ...target, read: () => (undefined as unknown as string[])[0]! }, 1, 1);
  expect(untyped.failures[0]).toContain("TypeError");
  expect((await fuzz({ ...target, read: () => "wrong" }, 1, 1)).failures).toEqual(["0: wrong"]);
});
