import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { compile } from "./compiler.ts";
import type { Mutant } from "./mutants.ts";

/** `discarded`: does not compile, or to the same code, so it is no mutant at all. */
export type Verdict =
  | { readonly kind: "killed"; readonly by: string }
  | { readonly kind: "survived" }
  | { readonly kind: "discarded" };

const tests = "test/contracts";
/** Where hardhat.config.ts lets tests read. */
const codeFolder = ".apoc/proof";
/** What the tests deploy: path by name. */
const deployed = {
  PaymentChannel: "contracts/PaymentChannel.sol",
  Marketplace: "contracts/Marketplace.sol",
} as const;
/** A fault that makes the tests hang is noticed, too. */
const patience = 900_000;

/**
 * A copy of what the Solidity tests need, in a folder of its own: the checkout itself is never changed. In it, `new
 * PaymentChannel()` takes the code from a file, so that the tests are compiled once and each mutant by itself.
 */
export class Lane {
  readonly #root: string;
  readonly #folder: string;
  readonly #original = new Map<string, string>();

  private constructor(root: string, folder: string) {
    this.#root = root;
    this.#folder = folder;
  }

  /** Copies the checkout, compiles the tests and runs all of them on the contracts as they are. @throws where one fails */
  static async open(root: string, folder: string): Promise<Lane> {
    const lane = new Lane(root, folder);
    lane.#copy();
    await lane.#baseline();
    return lane;
  }

  /** Another lane of the same state, which need not be compiled again. */
  copy(folder: string): Lane {
    cpSync(this.#folder, folder, { recursive: true, verbatimSymlinks: true });
    const lane = new Lane(this.#root, folder);
    for (const [name, code] of this.#original) lane.#original.set(name, code);
    return lane;
  }

  #copy(): void {
    const [root, folder] = [this.#root, this.#folder];
    mkdirSync(join(folder, "test"), { recursive: true });
    for (const path of ["contracts", tests, "hardhat.config.ts", "package.json"]) {
      cpSync(join(root, path), join(folder, path), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, tests, "Deployed.sol"), deployFromFile);
    for (const name of solidityFiles(join(folder, tests))) takeFromFile(join(folder, tests), name);
  }

  async #baseline(): Promise<void> {
    if (this.#place(Object.values(deployed), new Map()) !== "changed") {
      throw new Error("the contracts do not compile");
    }
    const all = solidityFiles(join(this.#root, tests)).map((name) => `${tests}/${name}`);
    const { passed, output } = await this.#test(all.filter(isTest), true);
    if (!passed) throw new Error(`the tests fail without a mutant:\n${output.slice(-4000)}`);
  }

  async try(mutant: Mutant): Promise<Verdict> {
    const replaced = new Map([[mutant.file, mutant.source]]);
    const reached = Object.values(deployed).filter((path) => imports(this.#root, path).has(mutant.file));
    if (this.#place(reached, replaced) !== "changed") return { kind: "discarded" };
    try {
      for (const { files, inside } of stages(this.#root, mutant.file)) {
        if (files.length === 0) continue;
        if (inside) writeFileSync(join(this.#folder, mutant.file), mutant.source);
        const { passed, output } = await this.#test(files, inside);
        if (!passed) return { kind: "killed", by: /^ *1\) (.+)$/m.exec(output)?.[1] ?? "time" };
      }
      return { kind: "survived" };
    } finally {
      for (const [name, code] of this.#original) this.#write(name, code);
      cpSync(join(this.#root, mutant.file), join(this.#folder, mutant.file));
    }
  }

  #write(name: string, code: string): void {
    const folder = join(this.#folder, codeFolder);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.bin`), Buffer.from(code, "hex"));
  }

  /** Compiles `paths` and puts their code where the tests take it from. */
  #place(paths: readonly string[], replaced: ReadonlyMap<string, string>): "broken" | "same" | "changed" {
    const output = compile(this.#root, paths, replaced, "code");
    if (output === undefined) return "broken";
    let result: "same" | "changed" = "same";
    for (const [name, path] of Object.entries(deployed)) {
      const code = output.contracts?.[path]?.[name]?.evm.bytecode.object;
      if (code === undefined) continue;
      if (replaced.size === 0) this.#original.set(name, code);
      if (replaced.size === 0 || this.#original.get(name) !== code) result = "changed";
      this.#write(name, code);
    }
    return result;
  }

  /** @throws where the runner itself fails, which says nothing about a mutant */
  #test(files: readonly string[], compiling: boolean): Promise<{ passed: boolean; output: string }> {
    const program = ["node_modules/hardhat/dist/src/cli.js", "test", "solidity"];
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [...program, ...(compiling ? [] : ["--no-compile"]), ...files], {
        cwd: this.#folder,
        env: { ...process.env, APOC_PROOF: "brief", NO_COLOR: "1" },
        timeout: patience,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      const collect = (chunk: Buffer) => (output += chunk.toString("utf8"));
      child.stdout.on("data", collect);
      child.stderr.on("data", collect);
      child.on("error", reject);
      child.on("close", (status, signal) => {
        // Ended by its time-out; by anybody else's signal it says nothing.
        const ended = (signal !== null && child.killed) || /^ *\d+ (?:passing|failing)/m.test(output);
        if (ended) resolve({ passed: status === 0, output });
        else reject(new Error(`the tests did not run:\n${output.slice(-4000)}`));
      });
    });
  }
}

interface Stage {
  readonly files: readonly string[];
  /** Whether these tests have the library inside, so that they are compiled with each mutant. */
  readonly inside: boolean;
}

/** The tests that reach `file`: first those of single calls, then those of the library itself, then the histories. */
function stages(root: string, file: string): readonly Stage[] {
  const reaching = solidityFiles(join(root, tests))
    .map((name) => `${tests}/${name}`)
    .filter((path) => isTest(path) && imports(root, path).has(file));
  const deploys = (path: string) => Object.values(deployed).some((each) => imports(root, path).has(each));
  const slow = (path: string) => /Invariants|Extremes/.test(path);
  return [
    { files: reaching.filter((path) => deploys(path) && !slow(path)), inside: false },
    { files: reaching.filter((path) => !deploys(path)), inside: true },
    { files: reaching.filter((path) => deploys(path) && slow(path)), inside: false },
  ];
}

function isTest(path: string): boolean {
  return path.endsWith(".t.sol");
}

function solidityFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".sol"));
}

/** All files of the checkout that `path` imports, directly or not. */
function imports(root: string, path: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(path)) return found;
  found.add(path);
  const source = readFileSync(join(root, path), "utf8");
  for (const [, name = ""] of source.matchAll(/^\s*(?:import|\}).*?from\s+"(\.[^"]+)";/gm)) {
    imports(root, normalize(join(dirname(path), name)), found);
  }
  return found;
}

/** Makes the test `name` of the folder deploy from files what it would make by `new`. */
function takeFromFile(folder: string, name: string): void {
  const path = join(folder, name);
  const source = readFileSync(path, "utf8");
  const names = Object.keys(deployed).join("|");
  const changed = source.replace(
    new RegExp(`new (${names})\\(([^()]*(?:\\([^()]*\\))?[^()]*)\\)`, "g"),
    (_, name: string, values: string) => `${name}(deployed("${name}", abi.encode(${values})))`,
  );
  if (changed === source) return;
  const here = relative(dirname(name), "Deployed.sol");
  const from = here.startsWith(".") ? here : `./${here}`;
  writeFileSync(path, changed.replace(/^import /m, `import {deployed} from "${from}";\nimport `));
}

/** The Solidity function that does so; the path is below the folder of the lane. */
const deployFromFile = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

interface Files {
    function readFileBinary(string calldata path) external view returns (bytes memory);
}

function deployed(string memory name, bytes memory values) returns (address at_) {
    Files files = Files(address(uint160(uint256(keccak256("hevm cheat code")))));
    bytes memory code = bytes.concat(files.readFileBinary(string.concat("${codeFolder}/", name, ".bin")), values);
    assembly {
        at_ := create(0, add(code, 32), mload(code))
        if iszero(at_) {
            returndatacopy(0, 0, returndatasize())
            revert(0, returndatasize())
        }
    }
}
`;
