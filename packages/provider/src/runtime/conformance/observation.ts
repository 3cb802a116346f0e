import { expect, onTestFinished, test } from "vitest";
import { answerOf, applied, container, ended, eventually, podOf, webContainer } from "./harness.ts";
import type { RuntimeHarness } from "./harness.ts";

/** Lists and events, which spare a provider one request per pod. */
export function observation(harness: () => RuntimeHarness): void {
  const web = (name: string, text: string) => webContainer(harness(), name, text);

  test("list and observe agree on every pod", async () => {
    const crash = container("crash", await harness().image([{ exit: 7 }]));
    const pods = [podOf([await web("web", "one")]), podOf([await web("web", "two"), crash])];
    for (const pod of pods) await applied(harness(), pod);
    const runtime = harness().makeRuntime();
    for (const { podId } of pods) await answerOf(harness(), runtime, podId);
    await ended(runtime, pods[1]!.podId, "crash");
    const listed = await runtime.list();
    for (const { podId } of pods) {
      const [inList, alone] = [listed.find((pod) => pod.podId === podId)!, (await runtime.observe(podId))!];
      expect(inList.containers).toEqual(alone.containers);
      expect(inList.generation).toBe(alone.generation);
      expect(inList.address(8080)).toEqual(alone.address(8080));
    }
    const [, second] = await Promise.all(pods.map(({ podId }) => runtime.observe(podId)));
    expect(second?.containers).toMatchObject([
      { name: "crash", phase: "exited", exitCode: 7 },
      { name: "web", phase: "running", exitCode: undefined },
    ]);
    for (const { startedAt } of second!.containers) expect(Date.parse(startedAt!)).toBeGreaterThan(0);
  });

  test("the next list shows that a container has ended, or was restarted", async () => {
    const pod = podOf([await web("web", "one")]);
    const runtime = await applied(harness(), pod);
    const seen = async () => {
      const found = (await runtime.list()).find(({ podId }) => podId === pod.podId);
      return found!.containers[0]!;
    };
    const first = await seen();
    expect(first.phase).toBe("running");
    await harness().end(pod.podId, "web");
    await eventually(async () => ((await seen()).phase === "exited" ? true : undefined));
    await runtime.restart(pod.podId, "web");
    const again = await seen();
    expect(again).toMatchObject({ phase: "running", restarts: 1, exitCode: undefined });
    expect(Date.parse(again.startedAt!)).toBeGreaterThanOrEqual(Date.parse(first.startedAt!));
  });

  test("watch reports the end of a container, and ends with its signal", async () => {
    const pod = podOf([await web("web", "watched")]);
    const runtime = await applied(harness(), pod);
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const told: string[] = [];
    const watching = (async () => {
      for await (const podId of runtime.watch(stop.signal)) told.push(podId);
    })();
    // Nothing shows when the watch has started, so it may miss the first ends.
    for (let times = 0; !told.includes(pod.podId); times++) {
      await harness().end(pod.podId, "web");
      await ended(runtime, pod.podId, "web");
      await new Promise((resolve) => setTimeout(resolve, 100 * times));
      await runtime.restart(pod.podId, "web");
    }
    stop.abort();
    await watching;
  });
}
