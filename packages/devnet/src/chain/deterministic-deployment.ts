import { deploymentData, deploymentProxy, deterministicAddress } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Account, Address, Chain, Hex, PublicClient, Transport, WalletClient } from "viem";
import { devnetErrors } from "../errors.ts";
import { assertRuntimeCode, type ContractCode } from "./contract-code.ts";

/** A contract to be deployed through the deterministic-deployment proxy. */
export interface DeterministicContract {
  readonly name: string;
  readonly code: ContractCode;
  /** Creation code with its constructor arguments. */
  readonly creation: Hex;
}

/** Where a contract belongs, and whether it is there. */
export interface PlannedContract {
  readonly name: string;
  readonly address: Address;
  readonly deployed: boolean;
  readonly contract: DeterministicContract;
}

/** What there is to do on a chain. */
export interface DeploymentPlan {
  readonly proxyDeployed: boolean;
  readonly contracts: readonly PlannedContract[];
}

/** Sends transactions of one account. */
export type Deployer = WalletClient<Transport, Chain, Account>;

/**
 * Looks what is at the addresses; sends nothing. Addresses follow from the creation code alone.
 * @throws DEPLOY_CODE_MISMATCH where other code is at the address of a contract or of the proxy
 */
export async function planDeployment(
  client: PublicClient,
  contracts: readonly DeterministicContract[],
): Promise<DeploymentPlan> {
  const proxyCode = await codeAt(client, deploymentProxy.address);
  if (proxyCode !== undefined && proxyCode !== deploymentProxy.code) {
    throw new ApocError(devnetErrors.DEPLOY_CODE_MISMATCH, {
      field: `deployment proxy at ${deploymentProxy.address}`,
      expected: deploymentProxy.code,
      actual: proxyCode.slice(0, 200),
    });
  }
  return {
    proxyDeployed: proxyCode !== undefined,
    contracts: await Promise.all(
      contracts.map(async (contract) => {
        const address = deterministicAddress(contract.creation);
        const found = await codeAt(client, address);
        if (found !== undefined) assertRuntimeCode(`${contract.name} at ${address}`, contract.code, found);
        return { name: contract.name, address, deployed: found !== undefined, contract };
      }),
    ),
  };
}

/**
 * Sends what the plan misses, and checks what came of it. Doing it again does nothing.
 * @throws DEPLOY_FAILED, DEPLOY_CODE_MISMATCH
 */
export async function carryOut(
  client: PublicClient,
  deployer: Deployer,
  plan: DeploymentPlan,
): Promise<readonly Address[]> {
  if (!plan.proxyDeployed) await deployProxy(client, deployer);
  for (const { name, address, deployed, contract } of plan.contracts) {
    if (deployed) continue;
    const data = deploymentData(contract.creation);
    await succeed(client, name, await deployer.sendTransaction({ to: deploymentProxy.address, data }));
    const found = await codeAt(client, address);
    if (found === undefined)
      throw new ApocError(devnetErrors.DEPLOY_FAILED, { field: name, actual: "no code" });
    assertRuntimeCode(`${name} at ${address}`, contract.code, found);
  }
  return plan.contracts.map(({ address }) => address);
}

/** The proxy's own transaction is signed for 100 gwei: its made-up signer needs that much. */
async function deployProxy(client: PublicClient, deployer: Deployer): Promise<void> {
  const { signer, cost, transaction, address } = deploymentProxy;
  const missing = cost - (await client.getBalance({ address: signer }));
  if (missing > 0n) {
    const hash = await deployer.sendTransaction({ to: signer, value: missing });
    await succeed(client, "funds of the deployment proxy's signer", hash);
  }
  const hash = await client.sendRawTransaction({ serializedTransaction: transaction });
  await succeed(client, "deployment proxy", hash);
  if ((await codeAt(client, address)) !== deploymentProxy.code) {
    throw new ApocError(devnetErrors.DEPLOY_CODE_MISMATCH, { field: `deployment proxy at ${address}` });
  }
}

async function succeed(client: PublicClient, name: string, hash: Hex): Promise<void> {
  const { status } = await client.waitForTransactionReceipt({ hash });
  if (status !== "success") throw new ApocError(devnetErrors.DEPLOY_FAILED, { field: name, actual: hash });
}

async function codeAt(client: PublicClient, address: Address): Promise<Hex | undefined> {
  const code = await client.getCode({ address });
  return code === undefined || code === "0x" ? undefined : code;
}
