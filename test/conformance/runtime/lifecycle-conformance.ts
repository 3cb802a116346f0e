import { isApocError } from "@apoc/errors";
import { describe, expect, onTestFinished, test } from "vitest";
import { providerErrors } from "../../../packages/provider/src/errors.ts";
import type { DesiredContainer, LogLine } from "../../../packages/provider/src/runtime/runtime.ts";
import { answerOf, ended, eventually, podOf, scriptContainer, webContainer } from "./programs.ts";
import { applied, type RuntimeHarness } from "./runtime-harness.ts";

/** How pods come, change, fail and go; the same for every engine behind {@link PodRuntime}. */
export function lifecycleConformance(name: string, harness: () => RuntimeHarness): void {
  describe(`lifecycle conformance: ${name}`, () => {
    test("applying the same generation again changes nothing, a new one replaces", async () => {
      const pod = podOf([await webContainer("web", "one")]);
      const runtime = await applied(harness(), pod);
      await answerOf(runtime, pod.podId);
      const before = await harness().leftovers();
      await runtime.apply(pod);
      expect(await harness().leftovers()).toEqual(before);
      await runtime.apply({ ...pod, generation: 2, containers: [await webContainer("web", "two")] });
      expect(await answerOf(runtime, pod.podId)).toBe("two");
      const after = await harness().leftovers();
      expect(after.length).toBe(before.length);
      expect(
        after.filter((object) => before.includes(object)).every((object) => object.startsWith("image ")),
      ).toBe(true);
      expect((await runtime.observe(pod.podId)).map(({ generation }) => generation)).toEqual([2]);
    });

    test("removing leaves nothing, and may be repeated", async () => {
      const before = await harness().leftovers();
      const script = "sleep 1000";
      const pod = podOf([
        await webContainer("web", "x"),
        await scriptContainer("other", script, {}, { volumes: ["/data"] }),
      ]);
      const runtime = await applied(harness(), pod);
      expect((await harness().leftovers()).length).toBeGreaterThan(before.length + 4);
      await runtime.remove(pod.podId);
      expect(await harness().leftovers()).toEqual(before);
      expect(await runtime.observe(pod.podId)).toEqual([]);
      await runtime.remove(pod.podId);
    });

    test("after a restart of the provider everything is seen as before, and restarts are still counted", async () => {
      const pod = podOf([
        await webContainer("web", "still here"),
        await scriptContainer("crash", "echo run; exit 3"),
      ]);
      const runtime = await applied(harness(), pod);
      expect(await ended(runtime, pod.podId, "crash")).toMatchObject({
        exitCode: 3,
        restarts: 0,
        oomKilled: false,
      });
      await runtime.restart(pod.podId, "crash");
      const fresh = harness().makeRuntime();
      expect(await ended(fresh, pod.podId, "crash")).toMatchObject({ exitCode: 3, restarts: 1 });
      await fresh.apply(pod);
      await fresh.restart(pod.podId, "crash");
      expect(await ended(fresh, pod.podId, "crash")).toMatchObject({ restarts: 2 });
      expect(await answerOf(fresh, pod.podId)).toBe("still here");
      const seen = (await fresh.observe()).filter(({ podId }) => podId === pod.podId);
      expect(
        seen.map(({ generation, containers }) => [generation, containers.map((each) => each.name)]),
      ).toEqual([[1, ["crash", "web"]]]);
      const error = await fresh.restart(pod.podId, "nobody").catch((caught: unknown) => caught);
      expect(isApocError(error, providerErrors.CONTAINER_UNKNOWN)).toBe(true);
    });

    test("a pod whose network was lost comes back by restarting its containers", async () => {
      const pod = podOf([await webContainer("web", "back again"), await webContainer("api", "api", 8081)]);
      const runtime = await applied(harness(), pod);
      await answerOf(runtime, pod.podId);
      await harness().killPause(pod.podId);
      const dead = await eventually(async () => {
        const [observed] = await runtime.observe(pod.podId);
        return observed?.address(8080) === undefined ? observed : undefined;
      });
      expect(dead.containers.map(({ phase }) => phase === "running")).toEqual([false, false]);
      for (const { name: each } of dead.containers) await runtime.restart(pod.podId, each);
      expect(await answerOf(runtime, pod.podId)).toBe("back again");
      expect(await answerOf(runtime, pod.podId, 8081)).toBe("api");
    });

    test("logs keep order and long lines, know tail and since, and can be followed", async () => {
      const script =
        'for i in $(seq 1 20); do echo "line $i"; done; head -c 70000 /dev/zero | tr "\\0" x; echo; echo oops >&2; sleep 1.2; echo late; sleep 1000';
      const pod = podOf([await scriptContainer("main", script)]);
      const runtime = await applied(harness(), pod);
      const aborter = new AbortController();
      const followed: LogLine[] = [];
      for await (const line of runtime.logs(pod.podId, { follow: true, signal: aborter.signal })) {
        followed.push(line);
        if (line.text === "late") aborter.abort();
      }
      const stdout = followed.filter(({ stream }) => stream === "stdout").map(({ text }) => text);
      expect(stdout).toEqual([
        ...Array.from({ length: 20 }, (_, index) => `line ${index + 1}`),
        "x".repeat(70_000),
        "late",
      ]);
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

    test("a pod that cannot start is an error and leaves nothing; the running generation stays", async () => {
      const before = await harness().leftovers();
      const broken = podOf([await scriptContainer("main", "", { command: ["/no/such/program"] })]);
      const runtime = harness().makeRuntime();
      onTestFinished(() => runtime.remove(broken.podId));
      await expect(runtime.apply(broken)).rejects.toSatisfy((error) =>
        isApocError(error, providerErrors.ENGINE_REFUSED),
      );
      expect(await harness().leftovers()).toEqual(before);
      const pod = podOf([await webContainer("web", "good")]);
      await applied(harness(), pod);
      const [web] = pod.containers as [DesiredContainer];
      const other = await webContainer("web", "other");
      const mounts = [{ hostPath: "/no/such/folder", mountPath: "/x", readOnly: true }];
      const tampered = { ...web, image: { ...other.image, layers: web.image.layers } };
      for (const [container, error] of [
        [{ ...web, mounts }, providerErrors.POD_INVALID],
        [tampered, providerErrors.IMAGE_LOAD_FAILED],
      ] as const) {
        const next = { ...pod, generation: 2, containers: [container] };
        await expect(runtime.apply(next)).rejects.toSatisfy((thrown) => isApocError(thrown, error));
      }
      expect(await answerOf(runtime, pod.podId)).toBe("good");
      expect((await runtime.observe(pod.podId))[0]?.generation).toBe(1);
    });

    test("gc removes pods that nobody knows, and no others", async () => {
      const kept = podOf([await webContainer("web", "kept")]);
      const lost = podOf([await webContainer("web", "lost")]);
      const runtime = await applied(harness(), kept);
      await applied(harness(), lost);
      expect(await runtime.gc(new Set([kept.podId]))).toEqual([lost.podId]);
      expect(await runtime.observe(lost.podId)).toEqual([]);
      expect(await answerOf(runtime, kept.podId)).toBe("kept");
      expect(await runtime.gc(new Set([kept.podId]))).toEqual([]);
    });
  });
}
