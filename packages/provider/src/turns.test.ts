import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

test("work of one key runs in order, also after a failure; other keys do not wait", async () => {
  const turns = new Turns();
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.run("a", async () => {
    await gate.promise;
    done.push("a1");
    throw new Error("a1 failed");
  });
  const second = turns.run("a", async () => void done.push("a2"));
  await turns.run("b", async () => void done.push("b1"));
  gate.resolve();
  await expect(first).rejects.toThrow("a1 failed");
  await second;
  expect(done).toEqual(["b1", "a1", "a2"]);
});
