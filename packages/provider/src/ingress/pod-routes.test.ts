import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openSqliteState } from "../state/sqlite/index.ts";
import { admittedPod, container, podManifest } from "../testing/sample-pod.ts";
import { createPodRoutes, ingressOf } from "./pod-routes.ts";

const address = { host: "10.0.0.2", port: 8080 };

/** Two suffixes; what runs is what a test puts into `running`. */
async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), "apoc-routes-"));
  const { pods, close } = await openSqliteState(folder);
  onTestFinished(async () => {
    await close();
    await rm(folder, { recursive: true });
  });
  const running = new Set<string>();
  const lookup = createPodRoutes({
    pods,
    suffixes: ["pods.test", "pods.example"],
    observed: (id) => (running.has(id) ? { address: (port) => ({ ...address, port }) } : undefined),
  });
  const admit = async (salt: number, host?: string) => {
    const ingress = { container: "web", port: 8080, ...(host === undefined ? {} : { host }) };
    const manifest = podManifest([container("web", "image")], { ingress });
    return pods.admit({ ...admittedPod(salt), ingress: ingressOf(manifest)! }, salt);
  };
  return { pods, running, lookup, admit };
}

test("a pod is found by its label below each suffix once it runs", async () => {
  const { running, lookup, admit } = await setUp();
  const { id, label } = await admit(1);
  expect(await lookup(`${label}.pods.test`)).toBe("starting");
  running.add(id);
  expect(await lookup(`${label}.pods.test`)).toEqual(address);
  expect(await lookup(`${label}.pods.example`)).toEqual(address);
  for (const name of [label, `a.${label}.pods.test`, `${label}.pods.test.evil`, "pods.test", ".pods.test"]) {
    expect(await lookup(name), name).toBeUndefined();
  }
});

test("the oldest live pod that asks for a host name gets it, and nobody one of the provider's", async () => {
  const { pods, running, lookup, admit } = await setUp();
  const first = await admit(1, "Books.Example");
  const second = await admit(2, "books.example");
  running.add(second.id);
  expect(await lookup("books.example")).toBe("starting");
  await pods.drain(first.id, 3);
  expect(await lookup("books.example")).toBeUndefined();
  await pods.removed(first.id, 4);
  expect(await lookup("books.example")).toEqual(address);
  const other = await admit(3, `${second.label}.pods.test`);
  running.add(other.id);
  await pods.drain(second.id, 5);
  expect(await lookup(`${second.label}.pods.test`)).toBeUndefined();
  await admit(4, "pods.test");
  expect(await lookup("pods.test")).toBeUndefined();
});

test.each(["suspended", "failed"] as const)("a pod that is %s is not served", async (state) => {
  const { pods, running, lookup, admit } = await setUp();
  const pod = await admit(1, "books.example");
  running.add(pod.id);
  await pods.setState(pod.id, 1, state, 2);
  expect(await lookup(`${pod.label}.pods.test`)).toBeUndefined();
  expect(await lookup("books.example")).toBeUndefined();
});

test("a pod without a served port is not found", async () => {
  const { pods, running, lookup } = await setUp();
  const pod = await pods.admit(admittedPod(1), 1);
  running.add(pod.id);
  expect(await lookup(`${pod.label}.pods.test`)).toBeUndefined();
});
