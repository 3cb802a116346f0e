import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toWire } from "@apoc/core";
import { expect, onTestFinished, test } from "vitest";
import { providerErrors } from "../../errors.ts";
import { admittedPod, container, podManifest } from "../../testing/sample-pod.ts";
import { stateConformance } from "../conformance/index.ts";
import { acquireDataFolder, openSqliteState } from "./index.ts";
import { migrations } from "./schema.ts";

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "apoc-state-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

stateConformance(async () => {
  const path = await folder();
  return {
    open: () => openSqliteState(path),
    openReader: () => openSqliteState(path, { readOnly: true }),
    acquireLease: () => acquireDataFolder(path),
  };
});

test("rows of usage stay few; another rate or a break begins the next one", async () => {
  const path = await folder();
  const { usage, close } = await openSqliteState(path);
  const rate = 1n << 32n;
  for (let i = 0; i < 10; i++)
    await usage.add([{ channel: "a", from: i * 1000, to: i * 1000 + 1000, milliseconds: 1000, rate }]);
  await usage.add([{ channel: "a", from: 10_000, to: 11_000, milliseconds: 1000, rate: 2n * rate }]);
  await usage.add([{ channel: "a", from: 60_000, to: 61_000, milliseconds: 1000, rate: 2n * rate }]);
  await close();
  const database = new DatabaseSync(join(path, "state.sqlite"));
  expect(database.prepare("SELECT count(*) AS n FROM usage").get()?.["n"]).toBe(3);
  database.close();
});

test("what was stored before a SIGKILL is there afterwards, and the folder can be locked again", async () => {
  const path = await folder();
  const script = `
    import { acquireDataFolder, openSqliteState } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
    import { admittedPod } from ${JSON.stringify(new URL("../../testing/sample-pod.ts", import.meta.url).href)};
    await acquireDataFolder(${JSON.stringify(path)});
    const { pods, usage, transactions, memory } = await openSqliteState(${JSON.stringify(path)});
    await pods.admit(admittedPod(), 1);
    await usage.add([{ channel: admittedPod().channel.id, from: 0, to: 5000, milliseconds: 5000, rate: 1n << 32n }]);
    await transactions.intend("claim", admittedPod().channel.id, 5n, 1);
    await memory.useNonce("0x01", 9e9, 1);
    console.log("stored");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--conditions=apoc-source", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout!, "data");
  await expect(acquireDataFolder(path)).rejects.toMatchObject({ code: providerErrors.DATA_IN_USE.code });
  child.kill("SIGKILL");
  await once(child, "exit");
  const lease = await acquireDataFolder(path);
  const { pods, usage, transactions, memory, close } = await openSqliteState(path);
  const pod = admittedPod();
  expect(await pods.get(pod.id)).toMatchObject({ state: "accepted", request: pod.request });
  expect(await usage.total(pod.channel.id)).toBe(5n);
  expect(await transactions.open("claim")).toMatchObject([{ status: "intended", amount: 5n }]);
  expect(await memory.useNonce("0x01", 9e9, 1)).toBe(true);
  await close();
  await lease.release();
});

test("a state of a newer version is left alone", async () => {
  const path = await folder();
  await (await openSqliteState(path)).close();
  const database = new DatabaseSync(join(path, "state.sqlite"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  await expect(openSqliteState(path)).rejects.toMatchObject({ code: providerErrors.STATE_VERSION.code });
});

test("a state of the first version is migrated: its pods end and owe what they did, its grants are dropped", async () => {
  const path = await folder();
  const manifest = podManifest([container("web", "image")], {
    ingress: { container: "web", port: 8080, host: "Books.Example" },
  });
  const [served, hidden, gone] = [
    admittedPod(1, { manifest }),
    admittedPod(2),
    { ...admittedPod(3), request: new Uint8Array() },
  ];
  const database = new DatabaseSync(join(path, "state.sqlite"));
  database.exec(`${migrations[0]}; PRAGMA user_version = 1`);
  const insert = database.prepare(
    "INSERT INTO pods VALUES (?, 'books', ?, ?, 1, ?, ?, ?, '4294967296', NULL, 1, 1)",
  );
  for (const [label, pod] of Object.entries({ served, hidden, gone })) {
    const json = [pod.channel.terms, pod.prices].map((value) => JSON.stringify(toWire(value)));
    insert.run(pod.channel.id, label, label === "gone" ? "removed" : "running", pod.request, ...json);
  }
  const [image, developer] = [`sha256:${"ab".repeat(32)}`, "eip155:1:0x01"] as const;
  database
    .prepare("INSERT INTO grants VALUES (?, 'key', ?, 4000000000, '{\"version\":1}', 1)")
    .run(image, developer);
  const { id } = served.channel;
  database.exec(`INSERT INTO usage VALUES (1, '${id}', 0, 5000, 5000, '4294967296', '5');
    INSERT INTO claims VALUES ('${id}', '2', 1);
    INSERT INTO transactions VALUES (1, 'claim', '${id}', '5', 'failed', NULL, 'no gas', 1, 1)`);
  database.close();
  const { pods, usage, transactions, memory, close } = await openSqliteState(path);
  expect(await memory.grants(image, "key", developer)).toEqual([]);
  expect(await pods.routeByLabel("served")).toEqual({ id, state: "draining", port: 8080 });
  expect(await pods.routeByHost("books.example")).toMatchObject({ id });
  expect(await pods.get(id)).toMatchObject({
    publisher: served.publisher,
    podId: served.podId,
    channel: served.channel,
    channels: [served.channel],
    ingress: { port: 8080, host: "books.example" },
  });
  expect(await pods.byChannel(id)).toEqual(await pods.get(id));
  expect([await usage.total(id), await usage.claimed(id)]).toEqual([5n, 2n]);
  expect(await transactions.open("claim", id)).toMatchObject([{ amount: 5n }]);
  expect(await pods.routeByLabel("hidden")).toBeUndefined();
  expect(await pods.get(gone.channel.id)).toMatchObject({ state: "removed" });
  await close();
});
