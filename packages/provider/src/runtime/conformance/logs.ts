import { apiErrors } from "@apoc/core";
import { expect, test } from "vitest";
import { providerErrors } from "../../errors.ts";
import type { LogLine } from "../index.ts";
import { applied, container, linesOf, podOf } from "./harness.ts";
import type { RuntimeHarness } from "./harness.ts";

const numbers = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);

/** Logs of containers. */
export function logLines(harness: () => RuntimeHarness): void {
  test("logs keep order and long lines, support tail and since, and can be followed", async () => {
    const image = await harness().image([
      ...numbers.map((print) => ({ print })),
      { print: "x".repeat(70_000) },
      { print: "oops", stream: "stderr" },
      { wait: 1_200 },
      { print: "late" },
    ]);
    const pod = podOf([container("main", image)]);
    const runtime = await applied(harness(), pod);
    const aborter = new AbortController();
    const followed: LogLine[] = [];
    for await (const line of runtime.logs(pod.podId, { follow: true, signal: aborter.signal })) {
      followed.push(line);
      if (line.text === "late") aborter.abort();
    }
    const stdout = followed.filter(({ stream }) => stream === "stdout").map(({ text }) => text);
    expect(stdout).toEqual([...numbers, "x".repeat(70_000), "late"]);
    expect(followed.filter(({ stream }) => stream === "stderr").map(({ text }) => text)).toEqual(["oops"]);
    const times = followed.map(({ time }) => time);
    expect(times).toEqual(times.toSorted());
    const tail = [];
    for await (const line of runtime.logs(pod.podId, { tail: 1 })) tail.push(line.text);
    expect(tail).toEqual(["late"]);
    const late = followed.at(-1) as LogLine;
    const since = [];
    for await (const line of runtime.logs(pod.podId, { since: late.time })) since.push(line.text);
    expect(since).toEqual(["late"]);
  });

  test("logs of one container are selected by name; unknown names and invalid options are refused", async () => {
    const say = async (print: string) => harness().image([{ print }]);
    const pod = podOf([container("a", await say("from a")), container("b", await say("from b"))]);
    const runtime = await applied(harness(), pod);
    await expect.poll(() => linesOf(runtime, pod.podId), { timeout: 10_000 }).toHaveLength(2);
    expect(await linesOf(runtime, pod.podId, "b")).toEqual(["from b"]);
    await expect(linesOf(runtime, pod.podId, "c")).rejects.toMatchObject({
      code: apiErrors.CONTAINER_UNKNOWN.code,
    });
    const lines = runtime.logs(pod.podId, { tail: -1 })[Symbol.asyncIterator]();
    await expect(lines.next()).rejects.toMatchObject({ code: providerErrors.POD_INVALID.code });
  });
}
