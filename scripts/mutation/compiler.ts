import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const solc = require("solc") as {
  compile(input: string, callbacks: { import(path: string): { contents: string } }): string;
};
const openZeppelin = dirname(require.resolve("@openzeppelin/contracts/package.json"));
const packaged = "@openzeppelin/contracts/";

interface Output {
  readonly errors?: readonly { readonly severity: string }[];
  readonly sources: Readonly<Record<string, { readonly ast: unknown }>>;
  readonly contracts?: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly evm: { readonly bytecode: { readonly object: string } } }>>
    >
  >;
}

/**
 * Compiles `entries` (paths below `root`) and what they import, without the optimizer, which is faster and no other
 * program; `replaced` gives files that are not as on disk. Undefined where there is an error.
 */
export function compile(
  root: string,
  entries: readonly string[],
  replaced: ReadonlyMap<string, string>,
  wanted: "ast" | "code",
): Output | undefined {
  const read = (path: string) =>
    replaced.get(path) ??
    readFileSync(
      path.startsWith(packaged) ? join(openZeppelin, path.slice(packaged.length)) : join(root, path),
      "utf8",
    );
  const selection = wanted === "ast" ? { "": ["ast"] } : { "*": ["evm.bytecode.object"] };
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(entries.map((path) => [path, { content: read(path) }])),
    settings: {
      evmVersion: "cancun",
      metadata: { bytecodeHash: "none", appendCBOR: false },
      outputSelection: Object.fromEntries(entries.map((path) => [path, selection])),
    },
  };
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (path) => ({ contents: read(path) }) }),
  ) as Output;
  return output.errors?.some(({ severity }) => severity === "error") === true ? undefined : output;
}
