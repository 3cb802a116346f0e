import { admissionErrors, apiErrors, parsePodRequest } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { expect, onTestFinished, test } from "vitest";
import { providerErrors } from "../errors.ts";
import { pod, reconcileScene } from "../testing/reconcile-scene.ts";
import { admittedPod } from "../testing/sample-pod.ts";

async function setUp() {
  const scene = await reconcileScene();
  onTestFinished(() => scene.dispose());
  return scene;
}

test("an admitted pod is made and runs", async () => {
  const { state, clock, runtime, round, status, reconciler } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  expect((await status()).state).toBe("running");
  expect(runtime.calls).toEqual([`apply ${pod.id} 1`]);
  expect(reconciler.observed(pod.id)?.address(80)).toEqual({ host: "10.0.0.2", port: 80 });
  await round();
  expect(runtime.calls).toHaveLength(1);
});

test("running time is metered, and nothing else", async () => {
  const { state, clock, runtime, round } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  await round(10);
  expect(await state.usage.total(pod.channel.id)).toBe(10n);
  runtime.crash(pod.id, "web");
  await round(10);
  expect(await state.usage.total(pod.channel.id)).toBe(10n);
});

test("a crashed container is restarted, later and later, and each time admitted again", async () => {
  const scene = await setUp();
  const { state, clock, runtime, starter, round, phases } = scene;
  await state.pods.admit(pod, clock.wall());
  await round();
  const restarts: number[] = [];
  let last = clock.monotonic();
  while (restarts.length < 8) {
    if (phases()[0] === "running") runtime.crash(pod.id, "web");
    const before = runtime.calls.length;
    await round(1);
    if (runtime.calls.length === before) continue;
    restarts.push((clock.monotonic() - last) / 1000);
    last = clock.monotonic();
  }
  expect(restarts.slice(1)).toEqual([1, 2, 4, 8, 16, 32, 60]);
  expect(starter.readmissions).toBe(1 + 8);
  expect(runtime.pods.get(pod.id)?.containers.get("web")?.restarts).toBe(8);
});

test("a container that ran well for a minute restarts at once", async () => {
  const { state, clock, runtime, round, phases } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  for (let i = 0; i < 4; i++) {
    runtime.crash(pod.id, "web");
    await round(60);
  }
  await round(61);
  runtime.crash(pod.id, "web");
  await round(1);
  expect(phases()).toEqual(["running"]);
});

test("a crashed container that may not run any more is not restarted", async () => {
  const { state, clock, runtime, starter, round, status, phases } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  runtime.crash(pod.id, "web");
  starter.refusal = new ApocError(admissionErrors.GRANT_EXPIRED);
  await round();
  expect(phases()).toEqual([]);
  expect(await status()).toMatchObject({
    state: "failed",
    reason: { code: admissionErrors.GRANT_EXPIRED.code },
  });
  starter.refusal = undefined;
  await round(61);
  expect((await status()).state).toBe("running");
});

test("a pod whose containers cannot be restarted is recreated; an unreachable engine changes nothing", async () => {
  const { state, clock, runtime, round, status, phases } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  runtime.crash(pod.id, "web");
  runtime.failures.restart = new ApocError(providerErrors.ENGINE_UNREACHABLE);
  await round();
  expect(phases()).toEqual(["exited"]);
  runtime.failures.restart = new ApocError(providerErrors.ENGINE_REFUSED);
  await round(61);
  expect(phases()).toEqual([]);
  await round();
  expect(phases()).toEqual(["running"]);
  expect(await status()).toMatchObject({ state: "running", generation: 1 });
});

test("a provider that starts again adopts what runs, and bills the time between", async () => {
  const scene = await setUp();
  const { state, clock, runtime, round, status } = scene;
  await state.pods.admit(pod, clock.wall());
  await round();
  await round(10);
  clock.advance(100_000);
  scene.restartProvider();
  await scene.reconciler.gc();
  await round(0);
  expect(runtime.calls).toEqual([`apply ${pod.id} 1`]);
  expect((await status()).state).toBe("running");
  expect(await state.usage.total(pod.channel.id)).toBe(110n);
});

test("a provider that was killed while making a pod makes it again", async () => {
  const scene = await setUp();
  const { state, clock, runtime, round, status } = scene;
  await state.pods.admit(pod, clock.wall());
  runtime.failures.apply = new Error("killed");
  await round();
  expect(await status()).toMatchObject({ state: "failed", reason: { code: apiErrors.UNEXPECTED.code } });
  expect(JSON.stringify((await status()).reason)).not.toContain("killed");
  delete runtime.failures.apply;
  scene.restartProvider();
  await round(0);
  expect((await status()).state).toBe("running");
});

test("a pod of which nothing but its network was made before the provider was killed is made, not called running", async () => {
  const scene = await setUp();
  const { state, clock, runtime, round, status, phases } = scene;
  await state.pods.admit(pod, clock.wall());
  await round();
  runtime.pods.get(pod.id)!.containers.clear();
  scene.restartProvider();
  await round(0);
  expect(phases()).toEqual(["running"]);
  expect(runtime.calls.filter((call) => call.startsWith("apply"))).toHaveLength(2);
  expect((await status()).state).toBe("running");
});

test("strays of this provider are removed at start, known pods are not", async () => {
  const { state, clock, runtime, reconciler, round, phases } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  const stray = { ...runtime.pods.get(pod.id)!.desired, podId: `0x${"5".repeat(64)}` };
  await runtime.apply(stray);
  await reconciler.gc();
  expect([...runtime.pods.keys()]).toEqual([pod.id]);
  expect(phases()).toEqual(["running"]);
});

test("an update replaces the generation; metering goes on at the old rate until then", async () => {
  const { state, clock, runtime, round, status } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  await round(10);
  await state.pods.admit({ ...pod, rate: pod.rate * 3n }, clock.wall());
  await round(10);
  expect(runtime.calls).toEqual([`apply ${pod.id} 1`, `apply ${pod.id} 2`]);
  expect(await status()).toMatchObject({ state: "running", generation: 2 });
  await round(10);
  expect(await state.usage.total(pod.channel.id)).toBe(20n + 30n);
});

test("a pod that is updated or removed while it is being made is not started", async () => {
  const { state, clock, runtime, starter, round, status } = await setUp();
  await state.pods.admit(pod, clock.wall());
  starter.meanwhile = () => state.pods.drain(pod.id, clock.wall());
  await round();
  expect(runtime.calls).toEqual([]);
  await round();
  expect((await status()).state).toBe("removed");
});

test("a removal takes a last reading, and removes containers, volumes and the request", async () => {
  const { state, clock, runtime, removed, round, status } = await setUp();
  const { manifest } = parsePodRequest(pod.request);
  const volumes = [{ name: "data", kind: "persistent", sizeBytes: 1 }] as const;
  await state.pods.admit(admittedPod(1, { manifest: { ...manifest, volumes } }), clock.wall());
  await round();
  expect(runtime.place.volumes.of(pod.id)).toEqual(["persistent data"]);
  clock.advance(5_000);
  await state.pods.drain(pod.id, clock.wall());
  await round(5);
  expect(await state.usage.total(pod.channel.id)).toBe(10n);
  expect(runtime.pods.size).toBe(0);
  expect((await status()).state).toBe("removed");
  expect(removed).toEqual([pod.id]);
  expect(runtime.place.objects()).toEqual([]);
  await round(60);
  expect(await state.usage.total(pod.channel.id)).toBe(10n);
});

test("a removal that fails is tried again", async () => {
  const { state, clock, runtime, round, status } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  runtime.failures.remove = new ApocError(providerErrors.ENGINE_UNREACHABLE);
  await state.pods.drain(pod.id, clock.wall());
  await round();
  expect((await status()).state).toBe("draining");
  delete runtime.failures.remove;
  await round();
  expect((await status()).state).toBe("removed");
});

test("a pod that cannot be prepared for the network's sake is not called failed", async () => {
  const { state, clock, starter, round, status } = await setUp();
  await state.pods.admit(pod, clock.wall());
  starter.refusal = new ApocError(admissionErrors.CHAIN_UNREACHABLE);
  await round();
  expect((await status()).state).toBe("preparing");
  starter.refusal = undefined;
  await round();
  expect((await status()).state).toBe("running");
});

test("an engine that does not answer changes no state", async () => {
  const { state, clock, runtime, round, status, lines } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  runtime.failures.observe = new ApocError(providerErrors.ENGINE_UNREACHABLE);
  await round();
  expect((await status()).state).toBe("running");
  expect(lines.at(-1)).toContain(providerErrors.ENGINE_UNREACHABLE.code);
});

test("the loop takes a nudge at once and ends with its signal", async () => {
  const { state, clock, reconciler, status } = await setUp();
  const stop = new AbortController();
  const loop = reconciler.run(1_000_000, stop.signal);
  await new Promise((resolve) => setImmediate(resolve));
  await state.pods.admit(pod, clock.wall());
  reconciler.nudge();
  while ((await status()).state !== "running") await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await loop;
  expect((await status()).state).toBe("running");
});
