import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completeHeader, paymentChannelAbi, type Payee } from "@apoc/core";
import { deployContracts, startAnvil, testTokenAbi, testTokenCode } from "@apoc/devnet/chain";
import { createRole, runApoc } from "apoc/demo";
import { createWalletClient, defineChain, getAddress, http, publicActions, zeroAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { stringify } from "yaml";

/** What a terminal would obey, if it were printed. */
const hostileSymbol = "\u001b[2J\u001b]0;owned\u0007";

test("a stranger's channel in a hostile token stops neither earnings nor withdraw, and is never paid out by --all", async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await realpath(await mkdtemp(join(tmpdir(), "apoc-token-")));
  stack.defer(() => rm(directory, { recursive: true }));
  const role = await createRole(directory, "ada");
  const made = await runApoc(role, ["wallet", "new", "ada", "--json"]);
  const developer = (JSON.parse(made.stdout) as { address: `0x${string}` }).address;
  const stranger = privateKeyToAccount(generatePrivateKey());
  const anvil = await startAnvil({ accounts: [{ address: developer }, { address: stranger.address }] });
  stack.defer(() => anvil.close());
  const mint = [{ to: stranger.address, amount: 1_000n }];
  const contracts = await deployContracts({ rpcUrl: anvil.url, deployer: stranger, mint });
  const config = {
    network: "local",
    wallet: "ada",
    networks: { local: { chain: "eip155:31337", rpc: [anvil.url], ...contracts } },
  };
  await writeFile(join(role.directory, "config", "config.yaml"), stringify(config));

  const chain = defineChain({
    id: 31337,
    name: "test",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [anvil.url] } },
  });
  const client = createWalletClient({ account: stranger, chain, transport: http(anvil.url) }).extend(
    publicActions,
  );
  const done = (hash: `0x${string}`) => client.waitForTransactionReceipt({ hash });
  const deployed = await done(
    await client.deployContract({
      abi: testTokenAbi,
      bytecode: testTokenCode.creation,
      args: ["Hostile", hostileSymbol, 255],
    }),
  );
  const hostile = getAddress(deployed.contractAddress!);
  await done(
    await client.writeContract({
      address: hostile,
      abi: testTokenAbi,
      functionName: "mint",
      args: [stranger.address, 1_000n],
    }),
  );

  const payee: Payee = {
    to: developer,
    imageDigest: `0x${"ab".repeat(32)}`,
    licenseHash: `0x${"cd".repeat(32)}`,
    oneTime: 1_000n,
    rate: 0n,
    share: 0,
    meteredCap: 0n,
  };
  for (const token of [hostile, contracts.token]) {
    const header = completeHeader(
      {
        publisher: stranger.address,
        provider: stranger.address,
        token,
        podId: `0x${"01".repeat(32)}`,
        meter: zeroAddress,
        grace: 60,
        acceptBy: 4_000_000_000,
        maxExecRate: 0n,
        execBurst: 0n,
      },
      [payee],
    );
    const call = { address: contracts.paymentChannel, abi: paymentChannelAbi } as const;
    await done(
      await client.writeContract({
        address: token,
        abi: testTokenAbi,
        functionName: "approve",
        args: [contracts.paymentChannel, 1_000n],
      }),
    );
    await done(
      await client.writeContract({
        ...call,
        functionName: "createChannel",
        args: [header, "0x", 1_000n, [payee]],
      }),
    );
    await done(await client.writeContract({ ...call, functionName: "accept", args: [header] }));
  }

  const earnings = await runApoc(role, ["dev", "earnings"]);
  expect(earnings).toMatchObject({ code: 0 });
  expect(earnings.stdout.trim().split("\n")).toHaveLength(2);
  expect(earnings.stdout + earnings.stderr).not.toContain("\u001b]0;");
  expect(earnings.stdout).toContain(`base units of ${hostile}`);

  const withdrawn = await runApoc(role, ["dev", "withdraw", "--all", "--yes", "--json"]);
  expect(withdrawn).toMatchObject({ code: 0 });
  expect(JSON.parse(withdrawn.stdout)).toMatchObject([{ amount: "0.001000", token: "tUSD" }]);
  const balance = (token: `0x${string}`) =>
    client.readContract({ address: token, abi: testTokenAbi, functionName: "balanceOf", args: [developer] });
  expect(await balance(contracts.token)).toBe(1_000n);
  expect(await balance(hostile)).toBe(0n);
});
