import { expect, onTestFinished, test } from "vitest";
import { pod, reconcileScene } from "../testing/reconcile-scene.ts";
import { takeDownPods } from "./take-down-pods.ts";

test("pods that are taken down stay meant to run, and the next round makes them again", async () => {
  const scene = await reconcileScene();
  onTestFinished(() => scene.dispose());
  const { state, runtime, clock, round, status, log } = scene;
  await state.pods.admit(pod, clock.wall());
  await round();
  await takeDownPods({ state, runtime, clock, log });
  expect([...runtime.pods]).toEqual([]);
  expect((await status()).state).toBe("accepted");
  await round();
  expect((await status()).state).toBe("running");
});

test("an engine that does not answer keeps no pod from being meant to run", async () => {
  const scene = await reconcileScene();
  onTestFinished(() => scene.dispose());
  const { state, runtime, clock, round, status, lines, log } = scene;
  await state.pods.admit(pod, clock.wall());
  await round();
  runtime.failures.remove = new Error("connection refused");
  await takeDownPods({ state, runtime, clock, log });
  expect(lines.at(-1)).toContain("connection refused");
  expect((await status()).state).toBe("accepted");
});
