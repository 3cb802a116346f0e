import { network } from "hardhat";
import {
  type Address,
  createPublicClient,
  createWalletClient,
  custom,
  type EIP1193Parameters,
  encodeDeployData,
  type Hex,
  type LocalAccount,
  parseAbi,
  type TransactionReceipt,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { hardhat } from "viem/chains";
import { erc20Abi } from "@apoc/core";
import { compile } from "../../scripts/compile-contracts.ts";

/** ABI of contracts/mocks/TestToken.sol. */
export const testTokenAbi = [
  ...erc20Abi,
  ...parseAbi([
    "constructor(string name, string symbol, uint8 decimals)",
    "function mint(address to, uint256 amount)",
  ]),
] as const;

/** Account `index` of these tests. */
export function testAccount(index: number): LocalAccount {
  return privateKeyToAccount(`0x${(0xc0ffee + index).toString(16).padStart(64, "0")}`);
}

/**
 * A fresh chain inside this process, with channel and token compiled as they are deployed; `sources` are compiled with
 * them, for `code`. No port; gone with `close`.
 */
export async function connect(sources: readonly string[] = []) {
  const output = compile(["contracts/PaymentChannel.sol", "contracts/mocks/TestToken.sol", ...sources]);
  const connection = await network.create();
  const request = (args: EIP1193Parameters) => connection.provider.request(args as { method: string });
  const rpc = (method: string, ...params: unknown[]) => connection.provider.request({ method, params });
  const transport = custom({ request });
  const reader = createPublicClient({ chain: hardhat, transport, cacheTime: 0 });
  const wallet = createWalletClient({ chain: hardhat, transport });
  const fees = { gas: 8_000_000n, maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 0n } as const;
  const nonces = new Map<Address, number>();

  /** Signs and sends; resolves with the receipt of a success. */
  async function send(account: LocalAccount, to: Address | null, data: Hex): Promise<TransactionReceipt> {
    const nonce = nonces.get(account.address) ?? 0;
    if (nonce === 0) await rpc("hardhat_setBalance", account.address, "0x3635c9adc5dea00000");
    const hash = await wallet.sendTransaction({ account, to, data, nonce, ...fees });
    nonces.set(account.address, nonce + 1);
    const receipt = await reader.getTransactionReceipt({ hash });
    if (receipt.status !== "success") throw new Error(`transaction ${hash} reverted`);
    return receipt;
  }

  /** Address of what the creation code `code` deploys. */
  async function deploy(code: Hex): Promise<Address> {
    return (await send(testAccount(99), null, code)).contractAddress as Address;
  }

  /** Creation code of the contract that gives its file the name. */
  function code(path: string): Hex {
    const name = path.slice(path.lastIndexOf("/") + 1, -".sol".length);
    const compiled = output.contracts[path]?.[name];
    if (compiled === undefined) throw new Error(`${path} was not compiled`);
    return `0x${compiled.evm.bytecode.object}`;
  }

  const bytecode = code("contracts/mocks/TestToken.sol");
  return {
    chainId: hardhat.id,
    reader,
    send,
    deploy,
    code,
    channel: await deploy(code("contracts/PaymentChannel.sol")),
    token: await deploy(encodeDeployData({ abi: testTokenAbi, bytecode, args: ["Test", "TST", 6] })),
    /** The next block gets this timestamp. */
    at: (timestamp: number) => rpc("evm_setNextBlockTimestamp", timestamp),
    mine: () => rpc("evm_mine"),
    close: () => connection.close(),
  };
}
