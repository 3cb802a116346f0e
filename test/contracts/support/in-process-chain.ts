import { network } from "hardhat";
import {
  type Address,
  createPublicClient,
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
import { compile } from "../../../scripts/compile-contracts.ts";

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
  const known = new Set<Address>();

  /** Sends without a signature, which is not what is tested here; resolves with the receipt of a success. */
  async function send(
    account: { readonly address: Address },
    to: Address | null,
    data: Hex,
  ): Promise<TransactionReceipt> {
    const from = account.address;
    if (!known.has(from)) {
      await rpc("hardhat_setBalance", from, "0x33b2e3c9fd0803ce8000000");
      await rpc("hardhat_impersonateAccount", from);
      known.add(from);
    }
    const gas = "0x7a1200";
    const maxFeePerGas = "0x174876e800";
    const hash = (await rpc("eth_sendTransaction", {
      from,
      ...(to === null ? {} : { to }),
      data,
      gas,
      maxFeePerGas,
      maxPriorityFeePerGas: "0x0",
    })) as Hex;
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
    /** Remembers the state, for `revert`, which forgets it. */
    snapshot: () => rpc("evm_snapshot") as Promise<Hex>,
    revert: (snapshot: Hex) => {
      known.clear();
      return rpc("evm_revert", snapshot);
    },
    close: () => connection.close(),
  };
}
