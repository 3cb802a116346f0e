import { describe } from "vitest";
import type { RuntimeHarness } from "./harness.ts";
import { lifecycle } from "./lifecycle.ts";
import { logLines } from "./logs.ts";
import { observation } from "./observation.ts";
import { volumeKinds } from "./volumes.ts";

/** The behaviour that every runtime behind {@link PodRuntime} must show. */
export function runtimeConformance(name: string, harness: () => RuntimeHarness): void {
  describe(`runtime conformance: ${name}`, () => {
    describe("lifecycle", () => lifecycle(harness));
    describe("observation", () => observation(harness));
    describe("volumes", () => volumeKinds(harness));
    describe("logs", () => logLines(harness));
  });
}
