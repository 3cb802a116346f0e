import { deploymentProxy, deterministicAddress, findDeployment } from "@apoc/core";
import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  getContractAddress,
  http,
  keccak256,
  parseTransaction,
  recoverAddress,
  serializeTransaction,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { expect, onTestFinished, test } from "vitest";
import {
  assertRuntimeCode,
  carryOut,
  deployContracts,
  developmentBeneficiary,
  developmentChain,
  networkContracts,
  planDeployment,
  startAnvil,
  testTokenContract,
} from "./index.ts";

const account = privateKeyToAccount(generatePrivateKey());
const contracts = [...networkContracts(developmentBeneficiary), testTokenContract];

/** A chain of its own, with or without the proxy that anvil brings along. */
async function scene(chainId: number, { proxy = true } = {}) {
  const anvil = await startAnvil({ chainId, accounts: [{ address: account.address }] });
  onTestFinished(() => anvil.close());
  const transport = http(anvil.url);
  const chain = defineChain({
    id: chainId,
    name: "test",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [anvil.url] } },
  });
  const client = createPublicClient({ chain, transport, pollingInterval: 20, cacheTime: 0 });
  const deployer = createWalletClient({ account, chain, transport });
  const cheats = createTestClient({ mode: "anvil", chain, transport });
  if (!proxy) await cheats.setCode({ address: deploymentProxy.address, bytecode: "0x" });
  return { anvil, client, deployer, cheats };
}

test("the proxy's transaction makes the proxy, whoever sends it", async () => {
  const { r, s, v: _v, yParity: _y, ...unsigned } = parseTransaction(deploymentProxy.transaction);
  const hash = keccak256(serializeTransaction(unsigned));
  expect(await recoverAddress({ hash, signature: { r: r!, s: s!, v: 27n } })).toBe(deploymentProxy.signer);
  expect(getContractAddress({ from: deploymentProxy.signer, nonce: 0n })).toBe(deploymentProxy.address);
  expect(unsigned.gas! * unsigned.gasPrice!).toBe(deploymentProxy.cost);
  expect(unsigned.data!.endsWith(deploymentProxy.code.slice(2))).toBe(true);
});

test("contracts come to the addresses computed from their code alone, on each chain, once", async () => {
  const expected = contracts.map(({ creation }) => deterministicAddress(creation));
  for (const [chainId, proxy] of [
    [31_337, true],
    [8_453, false],
  ] as const) {
    const { client, deployer } = await scene(chainId, { proxy });
    const plan = await planDeployment(client, contracts);
    expect(plan.proxyDeployed).toBe(proxy);
    expect(plan.contracts.map(({ address, deployed }) => ({ address, deployed }))).toEqual(
      expected.map((address) => ({ address, deployed: false })),
    );
    expect(await client.getTransactionCount({ address: account.address })).toBe(0);
    expect(await carryOut(client, deployer, plan)).toEqual(expected);
    for (const [index, { name, code }] of contracts.entries()) {
      assertRuntimeCode(name, code, (await client.getCode({ address: expected[index]! }))!);
    }
    const sent = await client.getTransactionCount({ address: account.address });
    const again = await planDeployment(client, contracts);
    expect(again.proxyDeployed && again.contracts.every(({ deployed }) => deployed)).toBe(true);
    expect(await carryOut(client, deployer, again)).toEqual(expected);
    expect(await client.getTransactionCount({ address: account.address })).toBe(sent);
  }
});

test("a development chain has its contracts where the deployments file says, whoever deploys", async () => {
  const { anvil } = await scene(31_337);
  const { fromBlock, ...known } = findDeployment(developmentChain)!;
  expect(fromBlock).toBe(0);
  const deployed = await deployContracts({ rpcUrl: anvil.url, deployer: account });
  expect(deployed).toEqual(known);
});

test("other code at an address is refused, before anything is sent", async () => {
  const { client, cheats } = await scene(31_337);
  const { creation } = testTokenContract;
  await cheats.setCode({ address: deterministicAddress(creation), bytecode: "0x60006000fd" });
  await expect(planDeployment(client, contracts)).rejects.toMatchObject({ code: "APOC-8204" });
  await cheats.setCode({ address: deploymentProxy.address, bytecode: "0x60006000fd" });
  await expect(planDeployment(client, [])).rejects.toMatchObject({ code: "APOC-8204" });
});

test("one changed byte is other code, except where immutable variables are", () => {
  const { runtime, immutables } = networkContracts(developmentBeneficiary)[1]!.code;
  const code = { creation: "0x", runtime, immutables } as const;
  const change = (offset: number) =>
    `0x${runtime.slice(2, 2 + 2 * offset)}${runtime.slice(2 + 2 * offset, 4 + 2 * offset) === "11" ? "22" : "11"}${runtime.slice(4 + 2 * offset)}` as const;
  expect(immutables.length).toBeGreaterThan(0);
  for (const [offset, length] of immutables) {
    assertRuntimeCode("Marketplace", code, change(offset));
    assertRuntimeCode("Marketplace", code, change(offset + length - 1));
  }
  for (const offset of [0, runtime.length / 2 - 2, immutables[0]![0] - 1]) {
    expect(() => assertRuntimeCode("Marketplace", code, change(offset))).toThrow(
      expect.objectContaining({ code: "APOC-8204" }),
    );
  }
  expect(() => assertRuntimeCode("Marketplace", code, `${runtime}00`)).toThrow(
    expect.objectContaining({ code: "APOC-8204" }),
  );
});
