import {
  type Anvil,
  type DeployedContracts,
  deployContracts,
  startAnvil,
  testToken,
  testTokenAbi,
} from "@apoc/devnet/chain";
import {
  type Address,
  createTestClient,
  http,
  keccak256,
  publicActions,
  stringToHex,
  walletActions,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

/** What every funded account has at least when the chain is ready. */
export const funding = { wei: 1000n * 10n ** 18n, tokens: 1000n * 10n ** BigInt(testToken.decimals) };

/** A chain of this machine with the contracts on it. */
export interface DevelopmentChain {
  readonly anvil: Anvil;
  readonly contracts: DeployedContracts;
}

export interface DevelopmentChainOptions {
  /** Keeps the state in this folder; absent: the chain is forgotten. */
  readonly dir: string | undefined;
  readonly port: number;
  readonly chainId: number;
  /** Seconds between blocks. */
  readonly blockTime: number;
  readonly funded: readonly Address[];
}

/** Everybody knows this key, and it may do nothing but deploy and mint. */
const deployer = privateKeyToAccount(keccak256(stringToHex("apoc development chain, deployer")));

/** Starts a chain, deploys the contracts where they are not there yet, and tops the accounts up. Throws ANVIL_FAILED. */
export async function startDevelopmentChain({
  dir,
  port,
  chainId,
  blockTime,
  funded,
}: DevelopmentChainOptions): Promise<DevelopmentChain> {
  const anvil = await startAnvil({ ...(dir === undefined ? {} : { dir }), port, chainId, blockTime });
  try {
    await clientOf(anvil.url).setBalance({ address: deployer.address, value: funding.wei });
    const contracts = await deployContracts({ rpcUrl: anvil.url, deployer });
    for (const address of funded) await topUp(anvil.url, contracts.token, address);
    return { anvil, contracts };
  } catch (error) {
    await anvil.close();
    throw error;
  }
}

function clientOf(url: string) {
  return createTestClient({ mode: "anvil", transport: http(url), pollingInterval: 50 })
    .extend(publicActions)
    .extend(walletActions);
}

/** Tops accounts up to the funding; those that have more keep it. */
async function topUp(url: string, token: Address, address: Address): Promise<void> {
  const client = clientOf(url);
  if ((await client.getBalance({ address })) < funding.wei) {
    await client.setBalance({ address, value: funding.wei });
  }
  const call = { address: token, abi: testTokenAbi } as const;
  const balance = await client.readContract({ ...call, functionName: "balanceOf", args: [address] });
  if (balance >= funding.tokens) return;
  const hash = await client.writeContract({
    ...call,
    functionName: "mint",
    args: [address, funding.tokens - balance],
    account: deployer,
    chain: null,
  });
  await client.waitForTransactionReceipt({ hash });
}
