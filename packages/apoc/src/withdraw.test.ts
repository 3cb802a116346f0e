import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completeHeader, paymentChannelAbi, type Payee } from "@apoc/core";
import { type Anvil, deployContracts, startAnvil, testTokenAbi, testTokenCode } from "@apoc/devnet/chain";
import { runCli } from "@apoc/terminal/main";
import { fakeIo } from "@apoc/terminal/testing";
import {
  type Address,
  createTestClient,
  defineChain,
  type Hex,
  http,
  publicActions,
  walletActions,
  zeroAddress,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { beforeAll, expect, test } from "vitest";
import { group } from "./index.ts";

/** Earns as the provider of every channel, and as its developer. */
const keys = { earner: generatePrivateKey(), publisher: generatePrivateKey() };
const earner = privateKeyToAccount(keys.earner);
const publisher = privateKeyToAccount(keys.publisher);
const deposit = 10_000n;
const payee: Payee = {
  to: earner.address,
  imageDigest: `0x${"ab".repeat(32)}`,
  licenseHash: `0x${"cd".repeat(32)}`,
  oneTime: 1_000n,
  rate: 0n,
  share: 0,
  meteredCap: 0n,
};

let dir = "";
let anvil: Anvil;
let contract: Address;
let token: Address;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-withdraw-"));
  await writeFile(join(dir, "password"), "pass\n");
  await writeFile(join(dir, "key"), keys.earner);
  anvil = await startAnvil({ accounts: [{ address: earner.address }, { address: publisher.address }] });
  const mint = [{ to: publisher.address, amount: 10n * deposit }];
  ({ paymentChannel: contract, token } = await deployContracts({
    rpcUrl: anvil.url,
    deployer: publisher,
    mint,
  }));
  return async () => {
    await anvil.close();
    await rm(dir, { recursive: true });
  };
}, 60_000);

async function apoc(line: string) {
  const env = {
    APOC_CONFIG_DIR: join(dir, "config"),
    APOC_DATA_DIR: join(dir, "data"),
    APOC_KEYSTORE_SCRYPT_N: "4096",
    APOC_PASSWORD_FILE: join(dir, "password"),
  };
  const fake = fakeIo({ cwd: dir, env });
  const code = await runCli({ name: "apoc", version: "0" }, group, line.split(" "), fake.io);
  return { code, out: fake.out(), err: fake.err() };
}

function chainClient() {
  const chain = defineChain({
    id: 31337,
    name: "test",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [anvil.url] } },
  });
  return createTestClient({ mode: "anvil", chain, transport: http(anvil.url) })
    .extend(publicActions)
    .extend(walletActions);
}

/** Opens a channel in a token, accepts it, and claims 500 as its provider. */
async function earn(in_: Address): Promise<Hex> {
  const client = chainClient();
  const done = async (hash: Hex) => client.waitForTransactionReceipt({ hash });
  const header = completeHeader(
    {
      publisher: publisher.address,
      provider: earner.address,
      token: in_,
      podId: generatePrivateKey(),
      meter: zeroAddress,
      grace: 60,
      acceptBy: 4_000_000_000,
      maxExecRate: 0n,
      execBurst: 500n,
    },
    [payee],
  );
  const call = { address: contract, abi: paymentChannelAbi } as const;
  const approval = { address: in_, abi: testTokenAbi, functionName: "approve", account: publisher } as const;
  await done(await client.writeContract({ ...approval, args: [contract, deposit] }));
  const open = { ...call, functionName: "createChannel", args: [header, "0x", deposit, [payee]] } as const;
  const { result } = await client.simulateContract({ ...open, account: publisher });
  await done(await client.writeContract({ ...open, account: publisher }));
  await done(
    await client.writeContract({ ...call, functionName: "accept", args: [header], account: earner }),
  );
  const claim = { ...call, functionName: "claim", args: [header, 500n, "0x"] } as const;
  await done(await client.writeContract({ ...claim, account: earner }));
  return result as Hex;
}

/** Another token, which works until {@link breakToken}. */
async function deployToken(): Promise<Address> {
  const client = chainClient();
  const hash = await client.deployContract({
    abi: testTokenAbi,
    bytecode: testTokenCode.creation,
    args: ["Other", "OTHER", 6],
    account: publisher,
  });
  const { contractAddress } = await client.waitForTransactionReceipt({ hash });
  const mint = { address: contractAddress!, abi: testTokenAbi, functionName: "mint" } as const;
  const args = [publisher.address, deposit] as const;
  await client.waitForTransactionReceipt({
    hash: await client.writeContract({ ...mint, args, account: publisher }),
  });
  return contractAddress!;
}

/** Every call of the token reverts from now on. */
const breakToken = (address: Address) => chainClient().setCode({ address, bytecode: "0x5f5ffd" });

const balance = () =>
  chainClient().readContract({
    address: token,
    abi: testTokenAbi,
    functionName: "balanceOf",
    args: [earner.address],
  });

test("a channel that cannot pay stops neither the provider nor the developer from being paid by the others", async () => {
  await apoc("wallet import ada key");
  await apoc(`chain add local --chain eip155:31337 --rpc ${anvil.url}`);
  await apoc("provider init");
  const other = await deployToken();
  const config = (await readFile(join(dir, "provider.yaml"), "utf8"))
    .replace("http://127.0.0.1:8545", anvil.url)
    .replace("wallet: provider", "wallet: ada")
    .replace(/^(\s*)# *tokens:.*$/m, `$1tokens: ["${other}", "${token}"]`);
  await writeFile(join(dir, "provider.yaml"), config);
  const channels = [await earn(other), await earn(token), await earn(token)] as const;
  await breakToken(other);

  const provider = await apoc("provider withdraw --all --yes --json");
  const paid = JSON.parse(provider.out) as { channel: string; amount: string; to: string }[];
  expect(paid.map(({ channel, amount, to }) => `${channel} ${amount} ${to}`).toSorted()).toEqual(
    [channels[1], channels[2]].map((channel) => `${channel} 500 ${earner.address}`).toSorted(),
  );
  expect(provider.err).toContain(channels[0]);
  expect(provider.err).toContain("APOC-9042");
  expect(provider.code).toBe(6);
  expect(await balance()).toBe(1_000n);

  const ids = channels.map((channel) => `--channel ${channel}`).join(" ");
  const developer = await apoc(`dev withdraw ${ids} --yes --json`);
  const rows = JSON.parse(developer.out) as { channel: string; amount: string }[];
  expect(rows.map(({ channel, amount }) => `${channel} ${amount}`).toSorted()).toEqual(
    [channels[1], channels[2]].map((channel) => `${channel} 0.001000`).toSorted(),
  );
  expect(developer.err).toContain(channels[0]);
  expect(developer.code).toBe(6);
  expect(await balance()).toBe(3_000n);
}, 60_000);
