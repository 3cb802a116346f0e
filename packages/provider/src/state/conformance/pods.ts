import { apiErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { expect, test } from "vitest";
import { admittedPod } from "../../testing/sample-pod.ts";
import type { MakeStateFixture } from "./state-fixture.ts";

const reason = new ApocError(apiErrors.UNEXPECTED, { field: "a", actual: "b" }).toJSON();

/** Pods: generations, removal, listing, labels and routes. */
export function podConformance(makeFixture: MakeStateFixture): void {
  test("a pod goes through its generations; late writers of an old one change nothing", async () => {
    const { pods, close } = await (await makeFixture()).open();
    const pod = admittedPod();
    const label = `books-${pod.id.slice(2, 10)}`;
    expect(await pods.admit(pod, 1)).toMatchObject({ state: "accepted", generation: 1, label });
    await pods.setState(pod.id, 1, "running", 2);
    expect(await pods.admit(pod, 3)).toMatchObject({ state: "accepted", generation: 2 });
    await pods.setState(pod.id, 1, "failed", 4);
    expect(await pods.get(pod.id)).toEqual({
      ...pod,
      channels: [pod.channel],
      state: "accepted",
      generation: 2,
      label,
    });
    await pods.drain(pod.id, 5);
    await pods.setState(pod.id, 2, "running", 6);
    expect((await pods.get(pod.id))?.state).toBe("draining");
    await pods.removed(pod.id, 7);
    expect(await pods.get(pod.id)).toMatchObject({ state: "removed", channel: pod.channel });
    expect((await pods.get(pod.id))?.request).toHaveLength(0);
    expect(await pods.live()).toEqual([]);
    await close();
  });

  test("an update is stored for a live pod only", async () => {
    const { pods, close } = await (await makeFixture()).open();
    const pod = admittedPod();
    expect(await pods.update(pod, 1)).toBeUndefined();
    await pods.admit(pod, 2);
    expect(await pods.update({ ...pod, rate: 5n }, 3)).toMatchObject({ generation: 2, rate: 5n });
    await pods.drain(pod.id, 4);
    expect(await pods.update(pod, 5)).toBeUndefined();
    await pods.removed(pod.id, 6);
    expect(await pods.update(pod, 7)).toBeUndefined();
    expect(await pods.get(pod.id)).toMatchObject({ state: "removed", generation: 2 });
    expect(await pods.admit(pod, 8)).toMatchObject({ state: "accepted", generation: 3 });
    await close();
  });

  test("of updates and a removal at the same time none is lost, and none revives the pod", async () => {
    const { pods, close } = await (await makeFixture()).open();
    const pod = admittedPod();
    await pods.admit(pod, 1);
    await Promise.all([pods.update(pod, 2), pods.update(pod, 2), pods.update(pod, 2)]);
    expect((await pods.get(pod.id))?.generation).toBe(4);
    await Promise.all([pods.update(pod, 3), pods.drain(pod.id, 3), pods.update(pod, 3)]);
    expect((await pods.get(pod.id))?.state).toBe("draining");
    await close();
  });

  test("pods are listed oldest first, with what is known of them, after the store is opened again", async () => {
    const fixture = await makeFixture();
    const first = await fixture.open();
    const [a, b, c] = [admittedPod(1), admittedPod(2), admittedPod(3)];
    await first.pods.admit(b, 1);
    await first.pods.admit(a, 2);
    await first.pods.admit(c, 3);
    await first.pods.drain(c.id, 4);
    await first.pods.removed(c.id, 4);
    await first.pods.setState(a.id, 1, "failed", 5, reason);
    await first.close();
    const { pods, close } = await fixture.open();
    expect((await pods.all()).map(({ id }) => id)).toEqual([b.id, a.id, c.id]);
    expect((await pods.live()).map(({ id }) => id)).toEqual([b.id, a.id]);
    expect(await pods.get(a.id)).toMatchObject({ ...a, state: "failed", reason });
    await close();
  });

  test("a pod is found by each of its channels; the one admitted last pays", async () => {
    const { pods, close } = await (await makeFixture()).open();
    const pod = admittedPod();
    const next = { ...pod, channel: admittedPod(2).channel };
    await pods.admit(pod, 1);
    expect(await pods.update(next, 2)).toMatchObject({
      channel: next.channel,
      channels: [pod.channel, next.channel],
    });
    for (const { id } of [pod.channel, next.channel]) expect((await pods.byChannel(id))?.id).toBe(pod.id);
    expect(await pods.byChannel(admittedPod(3).channel.id)).toBeUndefined();
    expect((await pods.live())[0]?.channels).toEqual([pod.channel, next.channel]);
    expect((await pods.update(pod, 3))?.channels).toEqual([next.channel, pod.channel]);
    await pods.drain(pod.id, 4);
    await pods.removed(pod.id, 4);
    expect((await pods.get(pod.id))?.channels).toHaveLength(2);
    await close();
  });

  test("labels of pods are unique, whatever their names and ids begin with", async () => {
    const { pods, close } = await (await makeFixture()).open();
    const pod = admittedPod();
    const twin = { ...pod, id: `0x${pod.id.slice(2, 12)}${"0".repeat(54)}` as const };
    const labels = (await Promise.all([pods.admit(pod, 1), pods.admit(twin, 1)])).map(({ label }) => label);
    expect(new Set(labels).size).toBe(2);
    expect(Math.max(...labels.map((label) => label.length))).toBeLessThanOrEqual(63);
    await close();
  });

  test("routes follow the pods: by label, and by host name to the oldest that asks for it", async () => {
    const { pods, close } = await (await makeFixture()).open();
    const served = (salt: number, port: number) => ({
      ...admittedPod(salt),
      ingress: { port, host: "a.example" },
    });
    const first = await pods.admit(served(1, 80), 1);
    const second = await pods.admit(served(2, 81), 2);
    const hidden = await pods.admit(admittedPod(3), 3);
    expect(first.ingress).toEqual({ port: 80, host: "a.example" });
    expect(await pods.routeByLabel(second.label)).toEqual({ id: second.id, state: "accepted", port: 81 });
    expect(await pods.routeByHost("a.example")).toEqual({ id: first.id, state: "accepted", port: 80 });
    expect(await pods.routeByLabel(hidden.label)).toBeUndefined();
    expect(await pods.routeByHost("b.example")).toBeUndefined();
    await pods.setState(first.id, 1, "running", 4);
    expect((await pods.routeByHost("a.example"))?.state).toBe("running");
    await pods.update({ ...admittedPod(1), ingress: { port: 82 } }, 5);
    expect((await pods.routeByLabel(first.label))?.port).toBe(82);
    expect((await pods.routeByHost("a.example"))?.id).toBe(second.id);
    await pods.drain(second.id, 6);
    expect((await pods.routeByHost("a.example"))?.state).toBe("draining");
    await pods.removed(second.id, 7);
    expect(await pods.routeByLabel(second.label)).toBeUndefined();
    expect(await pods.routeByHost("a.example")).toBeUndefined();
    expect(await pods.get(second.id)).not.toHaveProperty("ingress");
    await close();
  });
}
