import { apiErrors } from "@apoc/core";
import { expect, onTestFinished, test } from "vitest";
import { providerErrors } from "../../errors.ts";
import { answerOf, applied, container, ended, eventually, podOf, webContainer } from "./harness.ts";
import type { RuntimeHarness } from "./harness.ts";

/** How pods are created, replaced, restarted and removed. */
export function lifecycle(harness: () => RuntimeHarness): void {
  const web = (name: string, text: string, port?: number) => webContainer(harness(), name, text, port);

  test("applying the same generation again changes nothing, a new one replaces", async () => {
    const pod = podOf([await web("web", "one")]);
    const runtime = await applied(harness(), pod);
    await answerOf(harness(), runtime, pod.podId);
    const before = await harness().leftovers();
    await runtime.apply(pod);
    expect(await harness().leftovers()).toEqual(before);
    await runtime.apply({ ...pod, generation: 2, containers: [await web("web", "two")] });
    expect(await answerOf(harness(), runtime, pod.podId)).toBe("two");
    const after = await harness().leftovers();
    expect(after.length).toBe(before.length);
    expect(
      after.filter((object) => before.includes(object)).every((object) => object.startsWith("image ")),
    ).toBe(true);
    expect((await runtime.observe(pod.podId))?.generation).toBe(2);
    expect((await runtime.list()).filter(({ podId }) => podId === pod.podId)).toHaveLength(1);
  });

  test("removing leaves nothing, and may be repeated", async () => {
    const before = await harness().leftovers();
    const other = container("other", await harness().image([]));
    const pod = podOf([await web("web", "x"), other]);
    const runtime = await applied(harness(), pod);
    expect((await harness().leftovers()).length).toBeGreaterThan(before.length);
    await runtime.remove(pod.podId);
    expect(await harness().leftovers()).toEqual(before);
    expect(await runtime.observe(pod.podId)).toBe(undefined);
    await runtime.remove(pod.podId);
    await runtime.takeDown(pod.podId);
  });

  test("after a restart of the provider everything is seen as before, and restarts are still counted", async () => {
    const crash = container("crash", await harness().image([{ print: "run" }, { exit: 3 }]));
    const pod = podOf([await web("web", "still here"), crash]);
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
    expect(await answerOf(harness(), fresh, pod.podId)).toBe("still here");
    const seen = (await fresh.list()).filter(({ podId }) => podId === pod.podId);
    expect(
      seen.map(({ generation, containers }) => [generation, containers.map((each) => each.name)]),
    ).toEqual([[1, ["crash", "web"]]]);
    await expect(fresh.restart(pod.podId, "nobody")).rejects.toMatchObject({
      code: apiErrors.CONTAINER_UNKNOWN.code,
    });
  });

  test("a pod whose network was lost comes back by restarting its containers", async () => {
    const pod = podOf([await web("web", "back again"), await web("api", "api", 8081)]);
    const runtime = await applied(harness(), pod);
    await answerOf(harness(), runtime, pod.podId);
    await harness().loseNetwork(pod.podId);
    const dead = await eventually(async () => {
      const observed = await runtime.observe(pod.podId);
      return observed?.address(8080) === undefined ? observed : undefined;
    });
    expect(dead.containers.map(({ phase }) => phase === "running")).toEqual([false, false]);
    for (const { name } of dead.containers) await runtime.restart(pod.podId, name);
    expect(await answerOf(harness(), runtime, pod.podId)).toBe("back again");
    expect(await answerOf(harness(), runtime, pod.podId, 8081)).toBe("api");
  });

  test("a pod that cannot start is an error and leaves nothing; the running generation stays", async () => {
    const before = await harness().leftovers();
    const broken = podOf([container("main", await harness().unstartable())]);
    const runtime = harness().makeRuntime();
    onTestFinished(() => runtime.remove(broken.podId));
    await expect(runtime.apply(broken)).rejects.toMatchObject({ code: harness().startFailure.code });
    expect(await harness().leftovers()).toEqual(before);

    const good = await web("web", "good");
    const pod = podOf([good]);
    await applied(harness(), pod);
    const mounts = [{ volume: "nowhere", mountPath: "/x", readOnly: true }];
    const nothing = podOf([{ ...good, mounts }], { podId: pod.podId, generation: 2 });
    await expect(runtime.apply(nothing)).rejects.toMatchObject({ code: providerErrors.POD_INVALID.code });
    const blobs = { fetch: () => failing() };
    const unread = podOf([{ ...good, image: { ...(await web("web", "other")).image, blobs } }], {
      podId: pod.podId,
      generation: 2,
    });
    await expect(runtime.apply(unread)).rejects.toThrow("tampered");
    expect(await answerOf(harness(), runtime, pod.podId)).toBe("good");
    expect((await runtime.observe(pod.podId))?.generation).toBe(1);
  });

  test("gc removes unknown pods, and no others", async () => {
    const kept = podOf([await web("web", "kept")]);
    const lost = podOf([await web("web", "lost")]);
    const runtime = await applied(harness(), kept);
    await applied(harness(), lost);
    expect(await runtime.gc(new Set([kept.podId]))).toEqual([lost.podId]);
    expect(await runtime.observe(lost.podId)).toBe(undefined);
    expect(await answerOf(harness(), runtime, kept.podId)).toBe("kept");
    expect(await runtime.gc(new Set([kept.podId]))).toEqual([]);
  });
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10);
  throw new Error("tampered");
}
