/**
 * Compiles the contracts with the production settings and writes what TypeScript needs of them:
 * ABIs into @apoc/core, code of what is deployed into @apoc/devnet, and where that is on a development chain into
 * the deployments file of @apoc/core.
 *
 *   node --conditions=apoc-source scripts/generate-abis.ts [--check]
 *
 * With --check nothing is written: exit 1 where a committed file is not what the contracts give.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deterministicAddress } from "@apoc/core";
import { developmentBeneficiary, developmentChain, testToken } from "@apoc/devnet/chain";
import { type Abi, encodeDeployData } from "viem";
import { type CompiledContract, compile, root } from "./compile-contracts.ts";

/** EIP-170; a chain refuses to deploy more. */
const maxRuntimeBytes = 24_576;

const output = compile([
  "contracts/PaymentChannel.sol",
  "contracts/Marketplace.sol",
  "contracts/mocks/TestToken.sol",
]);
const channel = contract("contracts/PaymentChannel.sol", "PaymentChannel");
const marketplace = contract("contracts/Marketplace.sol", "Marketplace");
const token = contract("contracts/mocks/TestToken.sol", "TestToken");
const erc20 = [
  ...contract("@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol", "IERC20Metadata").abi,
  ...contract("@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol", "IERC20Permit").abi,
  ...contract("@openzeppelin/contracts/interfaces/draft-IERC6093.sol", "IERC20Errors").abi,
  ...contract("@openzeppelin/contracts/interfaces/IERC5267.sol", "IERC5267").abi,
];

const deploymentsFile = "packages/core/src/deployments/deployments.json";
const files: Record<string, string> = {
  [deploymentsFile]: deployments(),
  "packages/core/src/channel/abi.gen.ts": source([
    ["ABI of contracts/PaymentChannel.sol.", "paymentChannelAbi", channel.abi],
    ["ABI of contracts/Marketplace.sol.", "marketplaceAbi", marketplace.abi],
    ["ABI of ERC-20 with metadata, ERC-2612 permit, ERC-5267 domain and ERC-6093 errors.", "erc20Abi", erc20],
  ]),
  "packages/devnet/src/chain/bytecode.gen.ts": source([
    ["Code of contracts/PaymentChannel.sol; no constructor arguments.", "paymentChannelCode", code(channel)],
    ["Code of contracts/Marketplace.sol; takes the beneficiary.", "marketplaceCode", code(marketplace)],
    ["ABI of contracts/mocks/TestToken.sol: an ERC-20 that anybody can mint.", "testTokenAbi", token.abi],
    ["Code of contracts/mocks/TestToken.sol; takes name, symbol and decimals.", "testTokenCode", code(token)],
  ]),
};

const stale = Object.entries(files).filter(([path, text]) => read(join(root, path)) !== text);
if (process.argv.includes("--check")) {
  for (const [path] of stale)
    console.error(`stale: ${path}; run: node --conditions=apoc-source scripts/generate-abis.ts`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [path, text] of stale) writeFileSync(join(root, path), text);
}
console.error(
  `PaymentChannel: ${channel.evm.deployedBytecode.object.length / 2} of ${maxRuntimeBytes} bytes; ${stale.length} stale`,
);

function contract(path: string, name: string): CompiledContract {
  const found = output.contracts[path]?.[name];
  if (found === undefined) throw new Error(`the compiler gave no ${name} in ${path}`);
  if (found.evm.deployedBytecode.object.length / 2 > maxRuntimeBytes)
    throw new Error(`${name} is larger than EIP-170 allows`);
  return found;
}

/** What `ContractCode` of @apoc/devnet/chain says. */
function code({ evm }: CompiledContract): unknown {
  const { object, immutableReferences } = evm.deployedBytecode;
  return {
    creation: `0x${evm.bytecode.object}`,
    runtime: `0x${object}`,
    immutables: Object.values(immutableReferences)
      .flat()
      .map(({ start, length }) => [start, length]),
  };
}

/** Development chains are created again with each version of the contracts; the records of other chains do not change. */
function deployments(): string {
  const known = JSON.parse(read(join(root, deploymentsFile)) ?? "{}") as Record<string, unknown>;
  const at = (from: CompiledContract, args: readonly unknown[]) =>
    deterministicAddress(
      encodeDeployData({ abi: from.abi as Abi, bytecode: `0x${from.evm.bytecode.object}`, args }),
    );
  const development = {
    paymentChannel: at(channel, []),
    marketplace: at(marketplace, [developmentBeneficiary]),
    token: at(token, Object.values(testToken)),
    fromBlock: 0,
  };
  return `${JSON.stringify({ ...known, [developmentChain]: development }, null, 2)}\n`;
}

function source(constants: readonly (readonly [doc: string, name: string, value: unknown])[]): string {
  const header = "// Written by scripts/generate-abis.ts from the contracts; do not edit.\n";
  return (
    header +
    constants
      .map(([doc, name, value]) => `\n/** ${doc} */\nexport const ${name} = ${literal(value)} as const;\n`)
      .join("")
  );
}

/** One ABI entry a line, so that a change of the contract is a readable difference. */
function literal(value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  return `[\n${value.map((entry) => `  ${JSON.stringify(entry)},\n`).join("")}]`;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
