import { admissionErrors } from "@apoc/core";
import { expect, onTestFinished, test } from "vitest";
import { unixSeconds } from "../clock.ts";
import { openChannel } from "../testing/memory-chain.ts";
import { pod, reconcileScene, suspendAfterSeconds } from "../testing/reconcile-scene.ts";
import { admittedPod } from "../testing/sample-pod.ts";

async function setUp() {
  const scene = await reconcileScene();
  onTestFinished(() => scene.dispose());
  return scene;
}

test.each([
  ["is being unlocked", { unlockAt: 1_900_100_000 }, admissionErrors.FUNDS_UNLOCKING],
  ["has disappeared with a reorganisation", { deposited: 0n, acceptedAt: 0 }, admissionErrors.FUNDS_UNKNOWN],
  ["has no funds left", { deposited: 3n }, admissionErrors.FUNDS_RUNWAY],
])("a pod whose channel %s is suspended, and resumes", async (_, change, code) => {
  const { state, clock, runtime, chain, round, status, phases, ending } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  expect(ending).toEqual([]);
  const good = chain.channels.get(pod.channel.id)!;
  chain.channels.set(pod.channel.id, { ...good, ...change });
  await round();
  expect(await status()).toMatchObject({ state: "suspended", reason: { code: code.code } });
  expect(phases()).toEqual([]);
  expect(ending).toEqual([pod.id]);
  const metered = await state.usage.total(pod.channel.id);
  await round(100);
  expect(await state.usage.total(pod.channel.id)).toBe(metered);
  chain.channels.set(pod.channel.id, good);
  await round();
  expect((await status()).state).toBe("running");
  expect(runtime.calls.filter((call) => call.startsWith("apply"))).toHaveLength(2);
});

test.each([
  ["is closed", { closed: true, deposited: 0n }],
  ["was terminated or has been unlocked", { unlockAt: 1_900_000_005 }],
])(
  "a pod whose channel %s is gone for good, with its volumes, once a confirmed block shows it",
  async (_, change) => {
    const { state, clock, runtime, chain, round, status, ending, removed } = await setUp();
    await state.pods.admit(pod, clock.wall());
    await round();
    chain.channels.set(pod.channel.id, { ...chain.channels.get(pod.channel.id)!, ...change });
    await round(4);
    await round(2);
    expect(await status()).toMatchObject({ state: "removed", request: new Uint8Array() });
    expect([...runtime.pods]).toEqual([]);
    expect(new Set(ending)).toEqual(new Set([pod.id]));
    expect(removed).toEqual([pod.id]);
  },
);

test("metered and unclaimed usage counts as spent", async () => {
  const { state, clock, chain, round, status } = await setUp();
  chain.channels.set(pod.channel.id, openChannel(20n, unixSeconds(clock)));
  await state.pods.admit(pod, clock.wall());
  await round();
  await round(19);
  expect((await status()).state).toBe("running");
  await round(2);
  expect(await status()).toMatchObject({
    state: "suspended",
    reason: { code: admissionErrors.FUNDS_RUNWAY.code },
  });
});

test("an outage of all RPCs stops no pod, however long it lasts, and starts none", async () => {
  const { state, clock, chain, round, status, phases } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  chain.silent = true;
  const other = admittedPod(2);
  await state.pods.admit(other, clock.wall());
  for (let i = 0; i < 50; i++) await round(60);
  expect((await status()).state).toBe("running");
  expect(phases()).toEqual(["running"]);
  expect((await state.pods.get(other.id))?.state).toBe("accepted");
  expect(await state.usage.total(pod.channel.id)).toBe(3000n);
});

test("a stale chain starts nothing, suspends past its bound, and the pod resumes when it catches up", async () => {
  const { state, clock, chain, round, status } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  chain.stoppedAt = unixSeconds(clock);
  await round(suspendAfterSeconds);
  expect((await status()).state).toBe("running");
  await round(1);
  expect(await status()).toMatchObject({
    state: "suspended",
    reason: { code: admissionErrors.CHAIN_STALE.code },
  });
  chain.stoppedAt = undefined;
  await round();
  expect((await status()).state).toBe("running");
});

test("a head from the future starts nothing, and suspends past the bound", async () => {
  const { state, clock, chain, round, status } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  chain.stoppedAt = unixSeconds(clock) + 50_000;
  await round(1);
  const other = admittedPod(2);
  await state.pods.admit(other, clock.wall());
  await round(suspendAfterSeconds);
  expect((await status()).state).toBe("running");
  expect((await state.pods.get(other.id))?.state).toBe("accepted");
  await round(1);
  expect(await status()).toMatchObject({
    state: "suspended",
    reason: { code: admissionErrors.CHAIN_FUTURE.code },
  });
  chain.stoppedAt = undefined;
  await round();
  expect((await status()).state).toBe("running");
});

test("sources that disagree suspend past the bound, counted from when it was first seen", async () => {
  const { state, clock, chain, round, status } = await setUp();
  await state.pods.admit(pod, clock.wall());
  await round();
  await round(1000);
  chain.fork = "'";
  await round(1);
  await round(suspendAfterSeconds);
  expect((await status()).state).toBe("running");
  await round(1);
  expect(await status()).toMatchObject({
    state: "suspended",
    reason: { code: admissionErrors.CHAIN_DISAGREES.code },
  });
});
