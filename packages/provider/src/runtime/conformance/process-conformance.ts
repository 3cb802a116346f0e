import { describe } from "vitest";
import { imagePrograms } from "./image-programs.ts";
import { isolation } from "./isolation.ts";
import type { ProcessHarness } from "./process-harness.ts";

/** Tests of real processes, in addition to {@link runtimeConformance}: what they are given, and what they cannot reach. */
export function processConformance(name: string, harness: () => ProcessHarness): void {
  describe(`process conformance: ${name}`, () => {
    describe("programs", () => imagePrograms(harness));
    describe("isolation", () => isolation(harness));
  });
}
