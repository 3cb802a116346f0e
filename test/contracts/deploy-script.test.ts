import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseDeployments } from "@apoc/core";
import { startAnvil } from "@apoc/devnet/chain";
import { encryptKeystore } from "@apoc/client/keystore";
import { createTestClient, http, publicActions } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { expect, onTestFinished, test } from "vitest";

const script = join(import.meta.dirname, "../../scripts/deploy.ts");
const beneficiary = "0x00000000000000000000000000000000000000Be";
const run = promisify(execFile);

/** Runs the script; gives what it printed, or its exit code and what it complained of. */
async function deploy(...args: string[]): Promise<Record<string, unknown>> {
  try {
    const { stdout } = await run(process.execPath, ["--conditions=apoc-source", script, ...args]);
    return JSON.parse(stdout) as Record<string, unknown>;
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, stderr };
  }
}

test("a dry run sends nothing, a run deploys and records once, a second run finds it, other code is refused", async () => {
  const directory = await mkdtemp(join(tmpdir(), "apoc-deploy-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const key = generatePrivateKey();
  const account = privateKeyToAccount(key);
  const [keystore, password, file] = ["key.json", "password", "deployments.json"].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  await writeFile(
    keystore,
    await encryptKeystore({ address: account.address, privateKey: key }, "secret", 4096),
  );
  await writeFile(password, "secret\n");
  await writeFile(file, "{}\n");
  const anvil = await startAnvil({ chainId: 4242, accounts: [{ address: account.address }] });
  onTestFinished(() => anvil.close());
  const client = createTestClient({ mode: "anvil", transport: http(anvil.url) }).extend(publicActions);
  const sent = () => client.getTransactionCount({ address: account.address });
  const base = ["--rpc", anvil.url, "--beneficiary", beneficiary, "--file", file];
  const unlock = ["--keystore", keystore, "--password-file", password];

  const dry = await deploy(...base, "--dry-run", "--record");
  expect(dry).toMatchObject({ chain: "eip155:4242", complete: false, dryRun: true, recorded: false });
  expect(await sent()).toBe(0);
  expect(await deploy(...base)).toMatchObject({ code: 2 });

  const token = account.address;
  const first = await deploy(...base, ...unlock, "--record", "--token", token);
  const { paymentChannel, marketplace } = dry;
  expect(first).toMatchObject({ paymentChannel, marketplace, recorded: true, fromBlock: 0 });
  const recorded = parseDeployments(JSON.parse(await readFile(file, "utf8")));
  expect(recorded).toEqual({ "eip155:4242": { paymentChannel, marketplace, token, fromBlock: 0 } });
  for (const address of [paymentChannel, marketplace] as `0x${string}`[]) {
    expect((await client.getCode({ address }))!.length).toBeGreaterThan(10_000);
  }
  expect(await sent()).toBe(2);

  // No key is needed where nothing is to be done; the block of the first record stays.
  expect(await deploy(...base, "--record", "--token", token)).toMatchObject({
    complete: true,
    recorded: true,
  });
  expect(parseDeployments(JSON.parse(await readFile(file, "utf8")))).toEqual(recorded);
  expect(await sent()).toBe(2);

  await client.setCode({ address: marketplace as `0x${string}`, bytecode: "0x60006000fd" });
  const refused: Record<string, unknown> = await deploy(...base, ...unlock);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused["stderr"]).toContain("APOC-8204");
}, 180_000);

test("another beneficiary is another Marketplace, and the same channel", async () => {
  const anvil = await startAnvil();
  onTestFinished(() => anvil.close());
  const plan = (to: string) => deploy("--rpc", anvil.url, "--beneficiary", to, "--dry-run");
  const [one, two] = [await plan(beneficiary), await plan("0x00000000000000000000000000000000000000bF")];
  expect(one["paymentChannel"]).toBe(two["paymentChannel"]);
  expect(one["marketplace"]).not.toBe(two["marketplace"]);
  expect(await plan("0x12")).toMatchObject({ code: 2 });
  expect(await plan(`0x${"0".repeat(40)}`)).toMatchObject({ code: 2 });
}, 180_000);
