import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";

test("sleep ends with the time, or with the reason of an abort, also of one before", async () => {
  const started = performance.now();
  await systemClock.sleep(30, new AbortController().signal);
  expect(performance.now() - started).toBeGreaterThanOrEqual(28);
  const controller = new AbortController();
  const sleeping = systemClock.sleep(60_000, controller.signal);
  controller.abort(new Error("enough"));
  await expect(sleeping).rejects.toThrow("enough");
  await expect(systemClock.sleep(60_000, controller.signal)).rejects.toThrow("enough");
});
