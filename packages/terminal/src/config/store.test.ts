import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findDeployment } from "@apoc/core";
import { expect, onTestFinished, test } from "vitest";
import type { Flags } from "../flags.ts";
import { selectNetwork } from "./network.ts";
import { openConfig } from "./store.ts";

const local = { chain: "eip155:31337" as const, rpc: ["http://127.0.0.1:8545"] };
const open = async (text?: string) => {
  const dir = await mkdtemp(join(tmpdir(), "apoc-config-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const store = openConfig({}, { configDir: join(dir, "c") }, "/");
  if (text !== undefined) {
    await store.update((config) => config);
    await writeFile(store.path, text);
  }
  return store;
};

test.each([
  [{ HOME: "/h" }, undefined, "/h/.config/apoc", "/h/.local/share/apoc"],
  [{ HOME: "/h", XDG_CONFIG_HOME: "/x", XDG_DATA_HOME: "/d" }, undefined, "/x/apoc", "/d/apoc"],
  [{ XDG_CONFIG_HOME: "/x", APOC_CONFIG_DIR: "/a", APOC_DATA_DIR: "data" }, undefined, "/a", "/cwd/data"],
  [{ HOME: "/h", APOC_CONFIG_DIR: "/a" }, "mine", "/cwd/mine", "/h/.local/share/apoc"],
])("folders of %j with --config-dir %s", (env, configDir, directory, dataDirectory) => {
  expect(openConfig(env, { configDir }, "/cwd")).toMatchObject({ directory, dataDirectory });
});

test("an absent file is the empty configuration; an update is read back, mode 0600, no leftovers", async () => {
  const store = await open();
  expect(await store.load()).toEqual({ networks: {} });
  const written = await store.update((config) => ({ ...config, wallet: "dev1", networks: { local } }));
  expect(await store.load()).toEqual(written);
  expect(written).toEqual({ wallet: "dev1", networks: { local } });
  expect((await stat(store.path)).mode & 0o777).toBe(0o600);
  expect(await readdir(store.directory)).toEqual(["config.yaml"]);
});

test.each([
  ["unknown: 1", "unknown"],
  ["networks: {local: {chain: 'eip155:1', rpc: ['http://x'], colour: red}}", "networks.local"],
  ["networks: {local: {chain: 'solana:1', rpc: ['http://x']}}", "networks.local.chain"],
  ["networks: {local: {chain: 'eip155:1', rpc: ['file:///etc']}}", "networks.local.rpc.0"],
  ["networks: {local: {chain: 'eip155:1', rpc: []}}", "networks.local.rpc"],
  ["networks: {local: {chain: 'eip155:1', rpc: ['http://x'], token: '0x12'}}", "networks.local.token"],
  ["wallet: ../../etc/passwd", "wallet"],
  ["a: [", "config.yaml"],
  ["a: &a [1]\nb: *a", "config.yaml"],
])("refused: %s", async (text, where) => {
  const store = await open(text);
  const error: unknown = await store.load().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "APOC-9003" });
  expect((error as Error).message).toContain(where);
});

test("an update that would break the file leaves it as it was", async () => {
  const store = await open();
  await store.update((config) => ({ ...config, wallet: "dev1" }));
  await expect(store.update((config) => ({ ...config, wallet: "No Name" }))).rejects.toMatchObject({
    code: "APOC-9003",
  });
  expect((await store.load()).wallet).toBe("dev1");
});

test("a known chain needs no contract address; one of the configuration counts before it", async () => {
  const store = await open();
  const known = findDeployment(local.chain)!;
  const select = () => selectNetwork({ config: store, flags: {} as Flags });
  await store.update((config) => ({ ...config, networks: { local } }));
  const { paymentChannel, marketplace, token } = known;
  expect(await select()).toEqual({ ...local, name: "local", paymentChannel, marketplace, token });
  const own = "0x00000000000000000000000000000000000000aA";
  await store.update((config) => ({ ...config, networks: { local: { ...local, marketplace: own } } }));
  expect(await select()).toMatchObject({ paymentChannel, marketplace: own, token });
  const chain = "eip155:5" as const;
  await store.update((config) => ({ ...config, networks: { local: { ...local, chain } } }));
  expect(await select()).toEqual({ ...local, chain, name: "local" });
});

test("the network comes from the flag, then the configuration, then the only one", async () => {
  const store = await open();
  const select = (flags: Partial<Flags>) => selectNetwork({ config: store, flags: flags as Flags });
  await expect(select({})).rejects.toMatchObject({ code: "APOC-9004" });
  await store.update((config) => ({ ...config, networks: { local } }));
  expect((await select({})).name).toBe("local");
  expect((await select({ rpcUrl: "http://127.0.0.1:1" })).rpc).toEqual(["http://127.0.0.1:1"]);
  await store.update((config) => ({ ...config, networks: { local, other: local } }));
  await expect(select({})).rejects.toMatchObject({ code: "APOC-9004" });
  await store.update((config) => ({ ...config, network: "other" }));
  expect((await select({})).name).toBe("other");
  expect((await select({ network: "local" })).name).toBe("local");
  await expect(select({ network: "nowhere" })).rejects.toMatchObject({
    code: "APOC-9004",
    actual: "nowhere",
  });
});
