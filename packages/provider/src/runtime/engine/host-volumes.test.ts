import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { DesiredPod, PodVolume } from "../index.ts";
import { HostVolumes } from "./host-volumes.ts";

const list: readonly PodVolume[] = [
  { name: "data", kind: "persistent", sizeBytes: 1 },
  { name: "tmp", kind: "empty" },
  {
    name: "keys",
    kind: "secret",
    files: [{ path: "api.key", content: new TextEncoder().encode("hunter2") }],
  },
];

function podOf(generation: number): DesiredPod {
  const mounts = [{ volume: "keys", mountPath: "/keys", readOnly: true }];
  const containers = [{ mounts, image: { config: { config: { User: "0" } } } }] as never;
  return { podId: "0x01", generation, ports: [], volumes: list, containers };
}

async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), "apoc-volumes-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const memory = join(folder, "shm");
  await mkdir(memory);
  const volumes = await HostVolumes.open(join(folder, "data"), "i", memory);
  const prepare = (generation: number) => volumes.prepare(podOf(generation));
  return { folder, memory, volumes, prepare };
}

const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

test("secrets lie in memory, readable by their owner only; folders above are closed to others", async () => {
  const { memory, prepare } = await setUp();
  const paths = await prepare(1);
  const keys = paths.get("keys")!;
  expect(keys.startsWith(memory)).toBe(true);
  expect(await readFile(join(keys, "api.key"), "utf8")).toBe("hunter2");
  expect(await mode(join(keys, "api.key"))).toBe("400");
  expect(await mode(keys)).toBe("700");
  expect(await mode(join(memory, "apoc-i"))).toBe("700");
  expect(await mode(paths.get("data")!)).toBe("777");
  expect(await mode(dirname(dirname(paths.get("data")!)))).toBe("700");
});

test("a persistent volume outlives generations, the others do not", async () => {
  const { volumes, prepare } = await setUp();
  const first = await prepare(1);
  const second = await prepare(2);
  expect(second.get("data")).toBe(first.get("data"));
  await volumes.sweep("0x01", 2);
  await expect(stat(first.get("tmp")!)).rejects.toMatchObject({ code: "ENOENT" });
  await expect(stat(first.get("keys")!)).rejects.toMatchObject({ code: "ENOENT" });
  for (const path of second.values()) expect((await stat(path)).isDirectory()).toBe(true);
});

test("a suspended pod keeps its volumes and loses its secrets; a removed one loses all", async () => {
  const { folder, memory, volumes, prepare } = await setUp();
  const paths = await prepare(1);
  await volumes.dropSecrets("0x01");
  await expect(stat(paths.get("keys")!)).rejects.toMatchObject({ code: "ENOENT" });
  expect((await stat(paths.get("tmp")!)).isDirectory()).toBe(true);
  await volumes.remove("0x01");
  expect(await readdir(join(folder, "data", "volumes"))).toEqual([]);
  expect(await readdir(join(folder, "data", "run"))).toEqual([]);
  expect(await readdir(memory)).toEqual([]);
});

test("making a generation twice gives the same, with the secrets of now", async () => {
  const { prepare } = await setUp();
  const first = await prepare(1);
  expect(await prepare(1)).toEqual(first);
});

test("folders of unknown pods are removed", async () => {
  const { folder, volumes, prepare } = await setUp();
  await prepare(1);
  expect(await volumes.gc(new Set(["0x01"]))).toEqual([]);
  expect(await readdir(join(folder, "data", "volumes"))).toEqual(["0x01"]);
  expect(await volumes.gc(new Set())).toEqual(["0x01"]);
  expect(await readdir(join(folder, "data", "volumes"))).toEqual([]);
});

test("without tmpfs secrets lie in the data folder, closed to others", async () => {
  const { folder } = await setUp();
  const volumes = await HostVolumes.open(join(folder, "other"), "i", join(folder, "nowhere"));
  const paths = await volumes.prepare(podOf(1));
  expect(paths.get("keys")!.startsWith(join(folder, "other", "secrets"))).toBe(true);
  expect(await mode(join(folder, "other", "secrets"))).toBe("700");
});
