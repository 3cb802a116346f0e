import { ApocError } from "@apoc/errors";
import { createPublicClient, createWalletClient, defineChain, http, type LocalAccount } from "viem";
import { devnetErrors } from "../errors.ts";
import { testTokenAbi } from "./bytecode.gen.ts";
import { carryOut, planDeployment } from "./deterministic-deployment.ts";
import { developmentBeneficiary } from "./development.ts";
import { networkContracts, testTokenContract } from "./network-contracts.ts";

export interface DeployOptions {
  readonly rpcUrl: string;
  /** Pays for what is not there yet; it gets no rights, since the contracts have no owner. */
  readonly deployer: LocalAccount;
  /** Test tokens for accounts, in base units. */
  readonly mint?: readonly { readonly to: `0x${string}`; readonly amount: bigint }[];
}

/** Checksummed addresses of the contracts of a development network. */
export interface DeployedContracts {
  readonly paymentChannel: `0x${string}`;
  readonly marketplace: `0x${string}`;
  /** Test token: ERC-20 with ERC-2612, 6 decimals, mintable by anybody. */
  readonly token: `0x${string}`;
}

/**
 * Makes sure that channel, marketplace and test token are on a development chain: at the same addresses on each, by the
 * code path of real deployments. Throws DEPLOY_FAILED, DEPLOY_CODE_MISMATCH.
 */
export async function deployContracts({
  rpcUrl,
  deployer,
  mint = [],
}: DeployOptions): Promise<DeployedContracts> {
  const transport = http(rpcUrl);
  const probe = createPublicClient({ transport });
  const chain = defineChain({
    id: await probe.getChainId(),
    name: "development",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  const reader = createPublicClient({ chain, transport, pollingInterval: 50 });
  const wallet = createWalletClient({ account: deployer, chain, transport });
  const plan = await planDeployment(reader, [...networkContracts(developmentBeneficiary), testTokenContract]);
  const [paymentChannel, marketplace, token] = await carryOut(reader, wallet, plan);
  if (paymentChannel === undefined || marketplace === undefined || token === undefined) {
    throw new ApocError(devnetErrors.DEPLOY_FAILED, { expected: "three contracts" });
  }
  for (const { to, amount } of mint) {
    const hash = await wallet.writeContract({
      address: token,
      abi: testTokenAbi,
      functionName: "mint",
      args: [to, amount],
    });
    await reader.waitForTransactionReceipt({ hash });
  }
  return { paymentChannel, marketplace, token };
}
