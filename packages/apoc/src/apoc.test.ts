import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployContracts, startAnvil } from "@apoc/devnet/chain";
import { runCli } from "@apoc/terminal/main";
import { fakeIo } from "@apoc/terminal/testing";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { group } from "./index.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-cli-"));
  await writeFile(join(dir, "password"), "pass\n");
  return () => rm(dir, { recursive: true });
});

async function apoc(line: string, env: Record<string, string> = {}) {
  const base = {
    APOC_CONFIG_DIR: join(dir, "config"),
    APOC_DATA_DIR: join(dir, "data"),
    APOC_KEYSTORE_SCRYPT_N: "4096",
  };
  const fake = fakeIo({ cwd: dir, env: { ...base, APOC_PASSWORD_FILE: join(dir, "password"), ...env } });
  const code = await runCli({ name: "apoc", version: "0" }, group, line.split(" "), fake.io);
  return { code, out: fake.out(), err: fake.err(), json: () => JSON.parse(fake.out()) as never };
}

test("every group shows its help", async () => {
  for (const name of ["dev", "pod", "provider", "wallet", "chain", "registry", "tee"]) {
    const { code, out } = await apoc(`${name} --help`);
    expect(code).toBe(0);
    expect(out).toContain(`apoc ${name} <command>`);
  }
});

test("a network is added, shown, asked for its state and balances, and examined by doctor", async () => {
  await apoc("wallet new alice");
  const alice = (await apoc("wallet address")).out.trim() as `0x${string}`;
  const deployer = privateKeyToAccount(generatePrivateKey());
  const chain = await startAnvil({
    accounts: [{ address: deployer.address }, { address: alice, balance: 10n ** 18n }],
  });
  onTestFinished(() => chain.close());
  const contracts = await deployContracts({
    rpcUrl: chain.url,
    deployer,
    mint: [{ to: alice, amount: 2_500_000n }],
  });
  const { paymentChannel, marketplace, token } = contracts;
  const bare = `chain add local --chain eip155:31337 --rpc ${chain.url}`;
  const add = `${bare} --payment-channel ${paymentChannel} --marketplace ${deployer.address}`;
  expect((await apoc(add)).code).toBe(0);
  expect((await apoc(add)).code).toBe(0);
  expect(await apoc(`${add} --confirmations 2`)).toMatchObject({ code: 2, out: "" });
  expect((await apoc("chain status --json")).json()).toMatchObject({
    chain: "eip155:31337",
    contracts: [
      { address: paymentChannel, deployed: true },
      { contract: "marketplace", address: deployer.address, deployed: false },
      { address: token, deployed: true },
    ],
  });
  expect(await apoc("doctor dev --json")).toMatchObject({ code: 1 });
  // The chain is a known one: without addresses it has those of the deployments file.
  expect((await apoc(`${bare} --replace`)).code).toBe(0);
  expect((await apoc("chain status --json")).json()).toMatchObject({
    contracts: [{ deployed: true }, { address: marketplace, deployed: true }, { deployed: true }],
  });
  expect((await apoc("wallet balance")).out).toBe("1.000000000000000000\tETH\n2.500000\ttUSD\n");
  expect((await apoc(`wallet balance ${deployer.address} --json`)).json()).toMatchObject({
    address: deployer.address,
  });
  expect(await apoc(`wallet balance 0x12`)).toMatchObject({ code: 2 });
  const list: unknown = (await apoc("chain list --json")).json();
  expect(list).toMatchObject([{ name: "local", default: true, chain: "eip155:31337" }]);

  const engine = createServer(({ url }, answer) => {
    const version = { Version: "9.9", ApiVersion: "1.41", Arch: "amd64" };
    answer.setHeader("content-type", "application/json");
    answer.end(url?.endsWith("/version") ? JSON.stringify(version) : "{}");
  });
  await new Promise<void>((resolve) => engine.listen(join(dir, "engine.sock"), () => resolve()));
  onTestFinished(() => void engine.close());
  const healthy = await apoc("doctor --json", { DOCKER_HOST: `unix://${join(dir, "engine.sock")}` });
  const findings: { check: string; verdict: string }[] = healthy.json();
  expect(findings.filter(({ verdict }) => verdict === "fail")).toEqual([]);
  expect(findings).toContainEqual(
    expect.objectContaining({
      check: "Container engine",
      detail: expect.stringContaining("docker 9.9") as string,
    }),
  );
  expect(healthy.code).toBe(0);
  const sick = await apoc("doctor provider", { DOCKER_HOST: `unix://${join(dir, "none.sock")}` });
  expect(sick.code).toBe(1);
  expect(sick.out).toMatch(/FAIL {2}Container engine/);

  expect((await apoc("chain add other --chain eip155:1 --rpc http://127.0.0.1:1")).code).toBe(0);
  expect(await apoc("chain status --network other")).toMatchObject({ code: 7, out: "" });
  expect(await apoc(`chain status --network other --rpc-url ${chain.url}`)).toMatchObject({
    code: 3,
    out: "",
  });
  expect((await apoc("chain use other")).code).toBe(0);
  expect(await apoc("chain use nowhere")).toMatchObject({ code: 2 });
});

test("a registry serves until it is interrupted", async () => {
  const fake = fakeIo({ cwd: dir, env: { APOC_CONFIG_DIR: dir } });
  const started = new Promise<string>((resolve) =>
    fake.io.stdout.once("data", (chunk) => resolve(String(chunk).trim())),
  );
  const line = "registry serve --listen 127.0.0.1:0 --dir images";
  const ended = runCli({ name: "apoc", version: "0" }, group, line.split(" "), fake.io);
  const url = await started;
  expect((await fetch(`${url}/v2/`)).status).toBe(200);
  fake.signals.emit("SIGINT");
  expect(await ended).toBe(0);
  await expect(fetch(`${url}/v2/`)).rejects.toThrow();
});
