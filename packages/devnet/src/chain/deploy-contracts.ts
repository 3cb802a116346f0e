import { marketplaceAbi, paymentChannelAbi } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import {
  type Abi,
  createPublicClient,
  createWalletClient,
  defineChain,
  getAddress,
  http,
  type LocalAccount,
} from "viem";
import { devnetErrors } from "../errors.ts";
import {
  marketplaceBytecode,
  paymentChannelBytecode,
  testTokenAbi,
  testTokenBytecode,
} from "./bytecode.gen.ts";

export interface DeployOptions {
  readonly rpcUrl: string;
  /** Pays for the deployment; it gets no rights, since the contracts have no owner. */
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

/** Name, symbol and decimals of the test token. */
export const testToken = { name: "Test Dollar", symbol: "tUSD", decimals: 6 } as const;

/** Deploys channel, marketplace and test token to a development chain. Throws DEPLOY_FAILED. */
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
  const deploy = async (name: string, abi: Abi, bytecode: `0x${string}`, args: readonly unknown[]) => {
    const hash = await wallet.deployContract({ abi, bytecode, args });
    const { status, contractAddress } = await reader.waitForTransactionReceipt({ hash });
    if (status === "success" && contractAddress) return getAddress(contractAddress);
    throw new ApocError(devnetErrors.DEPLOY_FAILED, { field: name });
  };
  const paymentChannel = await deploy("PaymentChannel", paymentChannelAbi, paymentChannelBytecode, []);
  const marketplace = await deploy("Marketplace", marketplaceAbi, marketplaceBytecode, []);
  const token = await deploy("TestToken", testTokenAbi, testTokenBytecode, [
    testToken.name,
    testToken.symbol,
    testToken.decimals,
  ]);
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
