import type { PodManifest } from "@apoc/core";
import { expect, test } from "vitest";
import { manifest, sampleDeployment } from "../testing/sample-deployment.ts";
import { judgeEarlier, matchManifest } from "./resume.ts";

const paid = { deposited: 5n, closed: false, unlockAt: 0 };

test.each([
  ["the channel never came to be", sampleDeployment(), { ...paid, deposited: 0n }, "unsent"],
  ["it was paid before the answer arrived", sampleDeployment(), paid, "paid"],
  ["it was paid and not yet deployed", sampleDeployment({ state: "open" }), paid, "paid"],
  ["it was taken and not waited for", sampleDeployment({ state: "deployed" }), paid, "paid"],
  ["it is unlocking", sampleDeployment({ state: "open" }), { ...paid, unlockAt: 9 }, "closing"],
  ["its closing was begun", sampleDeployment({ state: "closing" }), paid, "closing"],
  ["it is closed", sampleDeployment({ state: "closing" }), { ...paid, closed: true }, "none"],
  ["it was emptied", sampleDeployment({ state: "open" }), { ...paid, deposited: 0n }, "none"],
] as const)("an earlier channel when %s", (_name, record, channel, judged) => {
  expect(judgeEarlier(record, channel)).toBe(judged);
});

const other: PodManifest = { ...manifest, containers: [{ ...manifest.containers[0]!, args: ["x"] }] };

test.each([
  ["opening", manifest, "same"],
  ["open", manifest, "same"],
  ["deployed", manifest, "same"],
  ["open", other, "paid-for-another"],
  ["deployed", other, "runs-another"],
] as const)("the manifest of a paid channel that is %s, the new one being %j", (state, wanted, match) => {
  expect(matchManifest(sampleDeployment({ state }), wanted)).toBe(match);
});
