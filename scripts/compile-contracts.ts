import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { productionSettings } from "../hardhat.config.ts";

export interface CompiledContract {
  readonly abi: readonly { readonly type: string; readonly name?: string }[];
  readonly evm: {
    readonly bytecode: { readonly object: string };
    readonly deployedBytecode: {
      readonly object: string;
      /** By the id of the immutable variable: where it stands in the code, in bytes. */
      readonly immutableReferences: Readonly<
        Record<string, readonly { readonly start: number; readonly length: number }[]>
      >;
    };
  };
}

export interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  /** By source path, then by contract name. */
  readonly contracts: Readonly<Record<string, Readonly<Record<string, CompiledContract>>>>;
}

/** Root folder of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const require = createRequire(import.meta.url);
const openZeppelin = dirname(require.resolve("@openzeppelin/contracts/package.json"));

/** Compiles `entries` (paths from the root) and what they import, with the settings of what is deployed. */
export function compile(entries: readonly string[]): CompilerOutput {
  const solc = require("solc") as {
    compile(input: string, callbacks: { import(path: string): { contents: string } }): string;
  };
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(
      entries.map((path) => [path, { content: readFileSync(join(root, path), "utf8") }]),
    ),
    settings: {
      ...productionSettings,
      outputSelection: {
        "*": {
          "*": [
            "abi",
            "evm.bytecode.object",
            "evm.deployedBytecode.object",
            "evm.deployedBytecode.immutableReferences",
          ],
        },
      },
    },
  };
  const result = JSON.parse(
    solc.compile(JSON.stringify(input), {
      import: (path) => ({ contents: readFileSync(locate(path), "utf8") }),
    }),
  ) as CompilerOutput;
  const failures = (result.errors ?? []).filter(({ severity }) => severity === "error");
  if (failures.length > 0)
    throw new Error(failures.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return result;
}

function locate(path: string): string {
  const packaged = "@openzeppelin/contracts/";
  return path.startsWith(packaged) ? join(openZeppelin, path.slice(packaged.length)) : join(root, path);
}
