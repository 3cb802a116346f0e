import { ApocError } from "@apoc/errors";
import { expect, onTestFinished, test, vi } from "vitest";
import { unixSeconds } from "../clock.ts";
import { providerErrors } from "../errors.ts";
import { openChannel } from "../testing/memory-chain.ts";
import { pod, reconcileScene } from "../testing/reconcile-scene.ts";
import { admittedPod } from "../testing/sample-pod.ts";

async function setUp() {
  const scene = await reconcileScene();
  onTestFinished(() => scene.dispose());
  return scene;
}

test("a round asks the runtime once, and stores what was metered once, however many pods run", async () => {
  const { state, clock, chain, runtime, round } = await setUp();
  const pods = Array.from({ length: 12 }, (_, index) => admittedPod(index + 1));
  for (const each of pods) {
    chain.channels.set(each.channel.id, openChannel(1_000_000n, unixSeconds(clock)));
    await state.pods.admit(each, clock.wall());
  }
  while (runtime.pods.size < pods.length) await round(5);
  await round();
  const [add, setState] = [vi.spyOn(state.usage, "add"), vi.spyOn(state.pods, "setState")];
  const asked = { ...runtime.asked };
  for (let i = 0; i < 3; i++) await round();
  expect(runtime.asked).toEqual({ list: asked.list + 3, observe: asked.observe });
  expect(add).toHaveBeenCalledTimes(3);
  expect(add.mock.lastCall?.[0]).toHaveLength(pods.length);
  expect(setState).not.toHaveBeenCalled();
});

test("a list that was begun before a pod was made does not count for it", async () => {
  const { state, clock, runtime, reconciler, starter } = await setUp();
  await state.pods.admit(pod, clock.wall());
  const making = Promise.withResolvers<void>();
  starter.meanwhile = () => making.promise;
  const first = reconciler.round();
  await vi.waitFor(() => expect(starter.readmissions).toBe(1));
  // The second round lists while the pod is not there yet, and goes on when it is.
  const listed = Promise.withResolvers<void>();
  const list = runtime.list.bind(runtime);
  const before = await list();
  runtime.list = async () => {
    await listed.promise;
    return before;
  };
  const second = reconciler.round();
  await new Promise((resolve) => setImmediate(resolve));
  making.resolve();
  await first;
  expect(reconciler.observed(pod.id)).toBeDefined();
  listed.resolve();
  await second;
  expect(reconciler.observed(pod.id)).toBeDefined();
  expect(runtime.calls).toEqual([`apply ${pod.id} 1`]);
});

test("the end of a container is acted on when the runtime tells of it, not a round later", async () => {
  const { state, clock, runtime, reconciler, phases } = await setUp();
  await state.pods.admit(pod, clock.wall());
  const stop = new AbortController();
  const loop = reconciler.run(1_000_000, stop.signal);
  await vi.waitFor(() => expect(phases()).toEqual(["running"]));
  await vi.waitFor(() => expect(reconciler.observed(pod.id)).toBeDefined());
  runtime.crash(pod.id, "web");
  await vi.waitFor(() => expect(runtime.pods.get(pod.id)?.containers.get("web")?.restarts).toBe(1));
  stop.abort();
  await loop;
});

test("a runtime that tells of nothing is looked at by interval", async () => {
  const { state, clock, runtime, reconciler, lines, phases } = await setUp();
  runtime.failures.watch = new ApocError(providerErrors.ENGINE_UNREACHABLE);
  await state.pods.admit(pod, clock.wall());
  const stop = new AbortController();
  const loop = reconciler.run(10, stop.signal);
  await vi.waitFor(() => expect(phases()).toEqual(["running"]));
  runtime.crash(pod.id, "web");
  await vi.waitFor(() => expect(phases()).toEqual(["running"]));
  expect(lines.filter((line) => line.includes("no events"))).toHaveLength(1);
  stop.abort();
  await loop;
});
