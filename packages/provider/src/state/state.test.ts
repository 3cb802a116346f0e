import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Grant } from "@apoc/core";
import { getAddress, toHex } from "viem";
import { expect, onTestFinished, test } from "vitest";
import { providerErrors } from "../errors.ts";
import { admittedPod } from "../testing/sample-pod.ts";
import { lockDataFolder, openState } from "./index.ts";

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "apoc-state-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("a pod goes through its generations; late writers of an old one change nothing", async () => {
  const { pods, close } = openState(await folder());
  const pod = admittedPod();
  expect(pods.admit(pod, 1)).toMatchObject({
    state: "accepted",
    generation: 1,
    label: `books-${pod.id.slice(2, 10)}`,
  });
  pods.setState(pod.id, 1, "running", 2);
  expect(pods.admit(pod, 3)).toMatchObject({ state: "accepted", generation: 2 });
  pods.setState(pod.id, 1, "failed", 4);
  expect(pods.get(pod.id)).toEqual({
    ...pod,
    state: "accepted",
    generation: 2,
    label: `books-${pod.id.slice(2, 10)}`,
  });
  pods.drain(pod.id, 5);
  pods.setState(pod.id, 2, "running", 6);
  expect(pods.get(pod.id)?.state).toBe("draining");
  pods.removed(pod.id, 7);
  expect(pods.get(pod.id)).toMatchObject({ state: "removed", channel: pod.channel });
  expect(pods.get(pod.id)?.request).toHaveLength(0);
  expect(pods.live()).toEqual([]);
  close();
});

test("labels of pods are unique, whatever their names and ids begin with", async () => {
  const { pods, close } = openState(await folder());
  const pod = admittedPod();
  const twin = { ...pod, id: `0x${pod.id.slice(2, 12)}${"0".repeat(54)}` as const };
  const labels = [pods.admit(pod, 1), pods.admit(twin, 1)].map(({ label }) => label);
  expect(new Set(labels).size).toBe(2);
  expect(Math.max(...labels.map((label) => label.length))).toBeLessThanOrEqual(63);
  close();
});

test("nonces are used once, until their deadline is past", async () => {
  const { memory, close } = openState(await folder());
  expect(memory.useNonce("0x01", 100, 50)).toBe(false);
  expect(memory.useNonce("0x01", 100, 100)).toBe(true);
  expect(memory.useNonce("0x01", 300, 101)).toBe(false);
  close();
});

test("grants that strangers sign for an image do not crowd out the developer's", async () => {
  const { memory, close } = openState(await folder());
  const now = Date.UTC(2026, 10, 22);
  const grant = (account: number, days: number): Grant => ({
    version: 1,
    image: `sha256:${"ab".repeat(32)}`,
    providerKeyId: "cd".repeat(32),
    licenseHash: `0x${"ef".repeat(32)}`,
    notAfter: now / 1000 + days * 86_400,
    jwe: "a.b.c.d.e",
    developer: `eip155:31337:${getAddress(toHex(account, { size: 20 }))}`,
    signature: "0x00",
  });
  const genuine = grant(1, 1);
  memory.keepGrant(genuine, now);
  for (let account = 2; account < 102; account += 1) memory.keepGrant(grant(account, 300), now);
  expect(memory.grants(genuine.image, genuine.providerKeyId, genuine.developer)).toEqual([genuine]);
  close();
});

test("rows of usage stay few and start anew with another rate or after a break", async () => {
  const path = await folder();
  const { usage, close } = openState(path);
  const rate = 1n << 32n;
  for (let i = 0; i < 10; i++)
    usage.add({ pod: "a", from: i * 1000, to: i * 1000 + 1000, milliseconds: 1000, rate });
  usage.add({ pod: "a", from: 10_000, to: 11_000, milliseconds: 1000, rate: 2n * rate });
  usage.add({ pod: "a", from: 60_000, to: 61_000, milliseconds: 1000, rate: 2n * rate });
  expect([usage.total("a"), usage.milliseconds("a"), usage.lastEnd("a"), usage.total("b")]).toEqual([
    14n,
    12_000,
    61_000,
    0n,
  ]);
  close();
  const database = new DatabaseSync(join(path, "state.sqlite"));
  expect(database.prepare("SELECT count(*) AS n FROM usage").get()?.["n"]).toBe(3);
  database.close();
});

test("what was stored before a SIGKILL is there afterwards, and the folder can be locked again", async () => {
  const path = await folder();
  const script = `
    import { lockDataFolder, openState } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
    import { admittedPod } from ${JSON.stringify(new URL("../testing/sample-pod.ts", import.meta.url).href)};
    lockDataFolder(${JSON.stringify(path)});
    const { pods, usage, memory } = openState(${JSON.stringify(path)});
    pods.admit(admittedPod(), 1);
    usage.add({ pod: admittedPod().id, from: 0, to: 5000, milliseconds: 5000, rate: 1n << 32n });
    memory.useNonce("0x01", 9e9, 1);
    console.log("stored");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--conditions=apoc-source", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout!, "data");
  expect(() => lockDataFolder(path)).toThrow(
    expect.objectContaining({ code: providerErrors.DATA_IN_USE.code }),
  );
  child.kill("SIGKILL");
  await once(child, "exit");
  const lock = lockDataFolder(path);
  const { pods, usage, memory, close } = openState(path);
  const pod = admittedPod();
  expect(pods.get(pod.id)).toMatchObject({ state: "accepted", request: pod.request });
  expect(usage.total(pod.id)).toBe(5n);
  expect(memory.useNonce("0x01", 9e9, 1)).toBe(true);
  close();
  lock.release();
});

test("a state of a newer version is left alone", async () => {
  const path = await folder();
  openState(path).close();
  const database = new DatabaseSync(join(path, "state.sqlite"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  expect(() => openState(path)).toThrow(expect.objectContaining({ code: providerErrors.STATE_VERSION.code }));
});

test("a reader needs no lock and cannot write", async () => {
  const path = await folder();
  expect(() => openState(path, { readOnly: true })).toThrow(
    expect.objectContaining({ code: providerErrors.STATE_UNREADABLE.code }),
  );
  const writer = openState(path);
  writer.pods.admit(admittedPod(), 1);
  const reader = openState(path, { readOnly: true });
  expect(reader.pods.live()).toHaveLength(1);
  expect(() => reader.pods.drain(admittedPod().id, 2)).toThrow(/readonly/);
  reader.close();
  writer.close();
});
