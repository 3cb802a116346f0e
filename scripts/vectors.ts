// Writes the vectors of public packages below .apoc/vectors/attestation; scripts/vectors.sh fetches the packages.
//   node scripts/vectors.ts PACKAGE=FOLDER...   takes the files of each package, and lists what is missing
//   node scripts/vectors.ts --packages KIND     prints the packages of a kind: go or crate
//   node scripts/vectors.ts --complete          exit code 0 where every file is there
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { takeFile, type Taking } from "./vectors/take-file.ts";

interface Source {
  /** Of the vector's bytes. */
  readonly sha256: string;
  /** Below the folder of the vectors. */
  readonly file: string;
  /** Below the folder of the package. */
  readonly path: string;
  /** Absent: the bytes as they are. */
  readonly as?: Taking;
}

interface Sources {
  readonly packages: readonly {
    readonly kind: "go" | "crate";
    readonly name: string;
    readonly files: readonly Source[];
  }[];
  /** Vectors, or folders of them, that no public package ships. */
  readonly unpublished: readonly string[];
}

const root = join(import.meta.dirname, "..");
const folder = join(root, ".apoc/vectors/attestation");
const list = join(root, "test/conformance/attestation/public/sources.json");
const sources = JSON.parse(readFileSync(list, "utf8")) as Sources;

const { values, positionals } = parseArgs({
  options: { packages: { type: "string" }, complete: { type: "boolean" } },
  allowPositionals: true,
});
if (values.packages !== undefined) {
  for (const { kind, name } of sources.packages) {
    if (kind === values.packages) process.stdout.write(`${name}\n`);
  }
} else if (values.complete === true) {
  process.exitCode = missing().length === 0 ? 0 : 1;
} else {
  const folders = new Map(positionals.map((given) => given.split("=") as [string, string]));
  for (const { kind, name, files } of sources.packages) {
    const from = folders.get(`${kind}:${name}`);
    if (from !== undefined) for (const one of files) take(name, from, one);
  }
  for (const file of missing()) process.stderr.write(`vectors: missing: ${file}\n`);
  process.stderr.write(`vectors: in no public package: ${sources.unpublished.join(" ")}\n`);
  process.stdout.write(`${folder}\n`);
}

function take(name: string, from: string, { file, path, sha256, as }: Source): void {
  const bytes = takeFile(join(from, path), as);
  const found = digest(bytes);
  if (found !== sha256) throw new Error(`${name}/${path}: ${file} has SHA-256 ${found}, expected ${sha256}`);
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), bytes);
}

function missing(): string[] {
  const all = sources.packages.flatMap(({ files }) => files);
  return all
    .filter(({ file, sha256 }) => {
      const path = join(folder, file);
      return !existsSync(path) || digest(readFileSync(path)) !== sha256;
    })
    .map(({ file }) => file);
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
