import { apiErrors } from "@apoc/core";
import { expect, onTestFinished, test } from "vitest";
import { providerScene } from "../testing/provider-scene.ts";
import { channelTerms, container, podManifest } from "../testing/sample-pod.ts";

/** A provider whose one pod has run for ten seconds since the last reading. */
async function setUp() {
  const scene = await providerScene();
  onTestFinished(() => scene.dispose());
  const { client, authorize, request, reconciler, clock, images } = scene;
  const channel = channelTerms();
  const paid = scene.pay(channel);
  const body = request(channel, podManifest([container("web", images.own.reference)]));
  await client.putPod(paid, body, await authorize("deploy", paid, body));
  await reconciler.round();
  clock.advance(10_000);
  return { ...scene, paid, body };
}

test("the end takes last readings and claims them", async () => {
  const { work, state, chain, paid } = await setUp();
  await work.end();
  expect(await state.usage.total(paid.channel)).toBe(10n);
  expect(chain.sent).toEqual(["claim 10"]);
});

test("a claim that fails at the end is told, and left to the next start", async () => {
  const { work, state, chain, lines, paid } = await setUp();
  chain.failure = new Error("connection refused");
  await work.end();
  expect(lines.at(-1)).toMatch(/^! 1 claims did not go through/);
  expect(await state.usage.total(paid.channel)).toBe(10n);
});

test("once the lease is lost nothing is admitted, started, read or claimed", async () => {
  const { work, loseLease, client, authorize, state, chain, runtime, reconciler, paid, body } = await setUp();
  loseLease();
  await expect(client.putPod(paid, body, await authorize("deploy", paid, body))).rejects.toMatchObject({
    code: apiErrors.STOPPING.code,
  });
  await work.end();
  const calls = runtime.calls.length;
  await reconciler.round();
  expect(runtime.calls).toHaveLength(calls);
  expect(await state.usage.total(paid.channel)).toBe(0n);
  expect(chain.sent).toEqual([]);
});
