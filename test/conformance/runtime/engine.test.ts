import { processConformance, runtimeConformance } from "@apoc/provider/runtime-conformance";
import { afterAll, expect } from "vitest";
import { openEngineHarness } from "./engine-harness.ts";
import { findEngine } from "./find-engine.ts";

const engine = await findEngine();
if (engine !== undefined) {
  const { name, version, rootless, socket } = engine;
  console.info(`engine: ${name} ${version}${rootless ? " (rootless)" : ""} at ${socket}`);
  const harness = await openEngineHarness(engine, `test-${process.pid}`);
  afterAll(async () => expect(await harness.dispose()).toEqual([]));
  runtimeConformance(`${name} ${version}`, () => harness);
  processConformance(`${name} ${version}`, () => harness);
}
