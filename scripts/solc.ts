/**
 * See scripts/solc. The npm package of solc is one WebAssembly file; this reads the standard JSON of stdin, whose
 * sources forge has already collected, and writes the answer.
 */
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc") as {
  version(): string;
  compile(input: string): string;
};

/** A pipe may take less than it is given. */
function print(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(1, bytes, written);
}

const args = process.argv.slice(2);
if (args.includes("--version")) {
  // forge reads the version from the last line; it knows build names of native compilers only.
  const version = solc.version().replace(/\.Emscripten\.clang$/, ".Linux.g++");
  print(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`);
} else if (args.includes("--standard-json")) {
  print(solc.compile(readFileSync(0, "utf8")));
} else {
  process.stderr.write("usage: solc --version | --standard-json <INPUT.json\n");
  process.exitCode = 2;
}
