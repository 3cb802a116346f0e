import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPublicClient, erc20Abi, http } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { expect, onTestFinished, test } from "vitest";
import { deployContracts, startAnvil, testToken } from "./index.ts";

const deployer = privateKeyToAccount(generatePrivateKey());
const holder = privateKeyToAccount(generatePrivateKey()).address;

test("a chain funds accounts, takes the contracts, keeps its state over a restart, and ends", async () => {
  const dir = await mkdtemp(join(tmpdir(), "apoc-chain-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const accounts = [{ address: deployer.address }, { address: holder, balance: 5n }];
  const first = await startAnvil({ dir, chainId: 31_999, accounts });
  onTestFinished(() => first.close());
  expect(new URL(first.url).hostname).toBe("127.0.0.1");
  const contracts = await deployContracts({
    rpcUrl: first.url,
    deployer,
    mint: [{ to: holder, amount: 7_000_000n }],
  });
  const before = createPublicClient({ transport: http(first.url) });
  expect(await before.getChainId()).toBe(31_999);
  expect(await before.getBalance({ address: holder })).toBe(5n);
  const time = (await before.getBlock()).timestamp;
  await first.advance(3600);
  expect((await before.getBlock()).timestamp - time).toBeGreaterThanOrEqual(3600n);
  await first.close();
  expect(() => process.kill(first.pid, 0)).toThrow();

  const second = await startAnvil({ dir, chainId: 31_999 });
  onTestFinished(() => second.close());
  const after = createPublicClient({ transport: http(second.url) });
  for (const address of Object.values(contracts))
    expect((await after.getCode({ address }))?.length).toBeGreaterThan(100);
  const token = { address: contracts.token, abi: erc20Abi } as const;
  expect(await after.readContract({ ...token, functionName: "balanceOf", args: [holder] })).toBe(7_000_000n);
  expect(await after.readContract({ ...token, functionName: "decimals" })).toBe(testToken.decimals);
});

test("a port that is taken is an error with what anvil said", async () => {
  const first = await startAnvil();
  onTestFinished(() => first.close());
  await expect(startAnvil({ port: Number(new URL(first.url).port) })).rejects.toMatchObject({
    code: "APOC-8202",
  });
});
