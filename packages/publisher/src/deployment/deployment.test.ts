import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completeHeader, type PodManifest } from "@apoc/core";
import { zeroAddress } from "viem";
import { beforeEach, expect, test } from "vitest";
import type { Deployment } from "./record.ts";
import { decideResume } from "./resume.ts";
import { assertWithinLimit } from "./spending-limit.ts";
import { openDeployments } from "./store.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-pods-"));
  return () => rm(dir, { recursive: true });
});

const manifest: PodManifest = {
  version: 1,
  name: "books",
  containers: [
    {
      name: "web",
      image: `r.example/web@sha256:${"00".repeat(32)}`,
      env: [{ name: "TOKEN", secret: "web/token" }],
      ports: [],
      volumeMounts: [],
      resources: { cpuMillis: 100, memoryBytes: 1 << 27 },
    },
  ],
  volumes: [],
};
const address = "0x0000000000000000000000000000000000000051";
const header = completeHeader(
  {
    publisher: address,
    provider: "0x0000000000000000000000000000000000000061",
    token: "0x0000000000000000000000000000000000000041",
    podId: `0x${"0d".repeat(32)}`,
    meter: zeroAddress,
    grace: 60,
    acceptBy: 1,
    maxExecRate: 1n << 70n,
    execBurst: 0n,
  },
  [],
);

function deployment(change: Partial<Deployment> = {}): Deployment {
  return {
    version: 1,
    id: `0x${"7c".repeat(32)}`,
    name: "books",
    state: "opening",
    network: "local",
    chainId: 31337,
    contract: "0x0000000000000000000000000000000000000031",
    providerUrl: "https://p.example",
    tlsKey: "",
    wrappingKey: "AA==",
    terms: { header, payees: [] },
    manifest,
    deposit: 1n << 60n,
    createdAt: "2026-11-22T00:00:00.000Z",
    ...change,
  };
}

test("a record survives the disk exactly, mode 0600", async () => {
  const store = openDeployments(dir);
  const saved = deployment({ address: "http://books.example/" });
  await store.save(saved);
  const [loaded] = await store.list();
  expect(loaded).toEqual({ ...saved, terms: { header: loaded?.terms.header, payees: [] } });
  expect(loaded?.terms.header.maxExecRate).toBe(1n << 70n);
  const [file = ""] = await readdir(join(dir, "pods"));
  expect((await stat(join(dir, "pods", file))).mode & 0o777).toBe(0o600);
  const text = await readFile(join(dir, "pods", file), "utf8");
  await writeFile(join(dir, "pods", file), text.replace('"name"', '"nome"'));
  await expect(store.list()).rejects.toMatchObject({ code: "APOC-9227" });
});

test("a pod is found by name, id, and the unique beginning of an id; an open one before a closed one", async () => {
  const store = openDeployments(dir);
  const one = deployment();
  const two = deployment({ id: `0x7c${"00".repeat(31)}`, name: "wiki" });
  const old = deployment({ id: `0x${"11".repeat(32)}`, state: "closed" });
  for (const each of [one, two, old]) await store.save(each);
  expect((await store.get("books")).id).toBe(one.id);
  expect((await store.get("0x7c00")).id).toBe(two.id);
  expect((await store.get(old.id.toUpperCase().replace("0X", "0x"))).id).toBe(old.id);
  await expect(store.get("0x7c")).rejects.toMatchObject({ code: "APOC-9221" });
  await expect(store.get("nobody")).rejects.toMatchObject({ code: "APOC-9220" });
  expect((await store.findOpen("books", "local"))?.id).toBe(one.id);
  expect(await store.findOpen("books", "other")).toBeUndefined();
  await store.remove(one.id);
  expect((await store.get("books")).id).toBe(old.id);
  expect(await store.findOpen("books", "local")).toBeUndefined();
});

const paid = { deposited: 5n, closed: false, unlockAt: 0 };
const other: PodManifest = { ...manifest, containers: [{ ...manifest.containers[0]!, args: ["x"] }] };
test.each([
  ["nothing is known", undefined, paid, manifest, "none"],
  ["the channel never came to be", deployment(), { ...paid, deposited: 0n }, manifest, "forget"],
  ["it was paid before the answer arrived", deployment(), paid, manifest, "resume"],
  ["it was paid and not yet deployed", deployment({ state: "open" }), paid, manifest, "resume"],
  ["it was taken and not waited for", deployment({ state: "deployed" }), paid, manifest, "resume"],
  ["it was paid for another manifest", deployment({ state: "open" }), paid, other, "changed"],
  ["it runs another manifest", deployment({ state: "deployed" }), paid, other, "exists"],
  ["it is unlocking", deployment({ state: "open" }), { ...paid, unlockAt: 9 }, manifest, "closing"],
  ["it is closed", deployment({ state: "closing" }), { ...paid, closed: true }, manifest, "none"],
  ["it was emptied", deployment({ state: "open" }), { ...paid, deposited: 0n }, manifest, "none"],
] as const)("resuming when %s", (_name, record, channel, wanted, decision) => {
  expect(decideResume(record, channel, wanted)).toBe(decision);
});

test("spending needs a terminal, or --yes with a limit that suffices", () => {
  const token = { symbol: "USDC", decimals: 6 };
  const with_ = (yes: boolean, interactive: boolean) =>
    ({ flags: { yes }, ui: { interactive } }) as Parameters<typeof assertWithinLimit>[0];
  const check = (yes: boolean, interactive: boolean, limit?: string) =>
    assertWithinLimit(with_(yes, interactive), 93_400_000n, limit, token);
  expect(() => check(false, true)).not.toThrow();
  expect(() => check(true, false, "93.4")).not.toThrow();
  for (const [yes, interactive] of [
    [true, false],
    [false, false],
    [true, true],
  ] as const) {
    expect(() => check(yes, interactive)).toThrowError(
      expect.objectContaining({
        code: "APOC-9230",
        next: { action: "raise-limit", subject: "93.400000" },
      }),
    );
  }
  expect(() => check(true, false, "93.399999")).toThrowError(expect.objectContaining({ code: "APOC-4006" }));
  expect(() => check(true, false, "many")).toThrowError(expect.objectContaining({ code: "APOC-4001" }));
});
