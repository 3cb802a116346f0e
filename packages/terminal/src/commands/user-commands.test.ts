import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { beforeEach, expect, test } from "vitest";
import { defineGroup } from "../command/index.ts";
import { runCli } from "../main.ts";
import { fakeIo } from "../testing/fake-io.ts";
import { withUserCommands } from "./user-commands.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-user-"));
  await writeFile(join(dir, "password"), "pass\n");
  return () => rm(dir, { recursive: true });
});

const program = withUserCommands(defineGroup({ summary: "A program", commands: {} }));

async function apoc(line: string) {
  const env = {
    APOC_CONFIG_DIR: join(dir, "config"),
    APOC_DATA_DIR: join(dir, "data"),
    APOC_KEYSTORE_SCRYPT_N: "4096",
    APOC_PASSWORD_FILE: join(dir, "password"),
  };
  const fake = fakeIo({ cwd: dir, env });
  const code = await runCli({ name: "program", version: "0" }, program, line.split(" "), fake.io);
  return { code, out: fake.out(), err: fake.err(), json: () => JSON.parse(fake.out()) as never };
}

test("wallets: the first becomes the default, a key may be imported as hex or keystore", async () => {
  const made = await apoc("wallet new alice");
  expect(made.code).toBe(0);
  const address = made.out.trim();
  expect(address).toMatch(/^0x[0-9a-fA-F]{40}$/);
  expect((await apoc("wallet address")).out).toBe(`${address}\n`);
  expect(await apoc("wallet new alice")).toMatchObject({ code: 2, out: "" });

  const key = generatePrivateKey();
  await writeFile(join(dir, "key.hex"), key.slice(2));
  expect((await apoc("wallet import bob key.hex")).out.trim()).toBe(privateKeyToAccount(key).address);
  expect(
    (await apoc("wallet import carol config/wallets/bob.json --old-password-file password")).out.trim(),
  ).toBe(privateKeyToAccount(key).address);
  expect((await apoc("wallet use bob")).code).toBe(0);
  const list: { name: string; default: boolean }[] = (await apoc("wallet list --json")).json();
  expect(list.map(({ name, default: standard }) => [name, standard])).toEqual([
    ["alice", false],
    ["bob", true],
    ["carol", false],
  ]);
  expect(await apoc("wallet address --wallet nobody")).toMatchObject({ code: 4, out: "" });
  expect(await apoc("wallet import dave gone.hex")).toMatchObject({ code: 2, out: "" });
});

test("networks: the first becomes the default, another one of the same name replaces it only when told to", async () => {
  const add = "chain add local --chain eip155:31337 --rpc";
  expect((await apoc(`${add} http://127.0.0.1:1/v1/key`)).code).toBe(0);
  expect((await apoc("chain add other --chain eip155:1 --rpc http://127.0.0.1:2")).code).toBe(0);
  expect((await apoc(`${add} http://127.0.0.1:3`)).err).toContain("APOC-9503");
  expect((await apoc(`${add} http://127.0.0.1:3 --replace`)).code).toBe(0);
  expect((await apoc("chain use other")).code).toBe(0);
  expect((await apoc("chain add No --chain eip155:1 --rpc http://127.0.0.1:2")).err).toContain("APOC-9026");
  const rows: unknown = (await apoc("chain list --json")).json();
  expect(rows).toMatchObject([
    { name: "local", rpc: ["http://127.0.0.1:3"], default: false },
    { name: "other", default: true },
  ]);
});
