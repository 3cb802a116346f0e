/**
 * See scripts/coverage.sh. Runs the Solidity tests under both runners, keeps what they said below .apoc/audit, and
 * prints one table.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Per cent that each count has to reach, over all files and in each. */
const goals = { lines: 100, statements: 100, branches: 98 };
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const kept = join(root, ".apoc/audit/coverage");
/** Fewer random runs than in the tests: branches are to be reached by cases that say so. */
const forgeEnvironment = { FOUNDRY_FUZZ_RUNS: "64", FOUNDRY_INVARIANT_RUNS: "4", FOUNDRY_FUZZ_SEED: "0x1" };

interface HardhatRow {
  readonly lines: number;
  readonly statements: number;
  readonly uncovered: string;
}
interface ForgeRow {
  readonly branches: number;
  readonly hit: number;
  /** `line (branch.path)` of each branch that no test took. */
  readonly missing: readonly string[];
}

function run(program: string, args: readonly string[], log: string, env: Record<string, string>): string {
  const path = join(kept, log);
  const file = openSync(path, "w");
  const { status } = spawnSync(join(root, "node_modules/.bin", program), args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", file, file],
  });
  const text = readFileSync(path, "utf8");
  if (status !== 0) {
    process.stderr.write(`${text.slice(-4000)}\n`);
    throw new Error(`${program} ${args.join(" ")} ended with ${status}; all of its output: ${path}`);
  }
  return text;
}

const counted = (path: string): boolean =>
  path.startsWith("contracts/") && !path.startsWith("contracts/mocks/");

/** Statements are in Hardhat's printed table only. */
function readHardhat(text: string): Map<string, HardhatRow> {
  const rows = new Map<string, HardhatRow>();
  for (const line of text.split("\n")) {
    const cells = line.split(/[║│]/).map((cell) => cell.trim());
    const [, path = "", lines, statements, uncovered = ""] = cells;
    if (counted(path)) rows.set(path, { lines: Number(lines), statements: Number(statements), uncovered });
  }
  return rows;
}

function readForge(lcov: string): Map<string, ForgeRow> {
  const rows = new Map<string, ForgeRow>();
  for (const record of lcov.split("end_of_record")) {
    const path = /^SF:(.*)$/m.exec(record)?.[1] ?? "";
    if (!counted(path)) continue;
    const branches = [...record.matchAll(/^BRDA:(\d+),(\d+),(\d+),(\S+)$/gm)];
    const missing = branches.filter(([, , , , hits]) => hits === "0" || hits === "-");
    rows.set(path, {
      branches: branches.length,
      hit: branches.length - missing.length,
      missing: missing.map(([, line, branch, way]) => `${line} (${branch}.${way})`),
    });
  }
  return rows;
}

mkdirSync(kept, { recursive: true });
const hardhat = readHardhat(run("hardhat", ["test", "solidity", "--coverage"], "hardhat.txt", {}));
const lcov = join(kept, "forge.lcov");
const forgeArguments = ["coverage", "--exclude-tests", "--report", "lcov", "--report-file", lcov];
run("forge", forgeArguments, "forge.txt", forgeEnvironment);
const forge = readForge(readFileSync(lcov, "utf8"));

const failures: string[] = [];
if (hardhat.size === 0 || forge.size === 0) failures.push("a runner reported no file of contracts/");
const percent = (part: number, whole: number): number => (whole === 0 ? 100 : (100 * part) / whole);
const cell = (value: number, suffix = ""): string => `${value.toFixed(2)}${suffix}`.padStart(18);
console.log(
  `${"file".padEnd(36)}${["lines %", "statements %", "branches %"].map((h) => h.padStart(18)).join("")}`,
);
let [branches, hit] = [0, 0];
for (const path of [...new Set([...hardhat.keys(), ...forge.keys()])].sort()) {
  const counts = hardhat.get(path);
  const ways = forge.get(path) ?? { branches: 0, hit: 0, missing: [] };
  branches += ways.branches;
  hit += ways.hit;
  const share = percent(ways.hit, ways.branches);
  // A file of types or interfaces has nothing that runs, and Hardhat does not list it.
  const { lines, statements, uncovered } = counts ?? { lines: 100, statements: 100, uncovered: "" };
  console.log(
    `${path.padEnd(36)}${cell(lines)}${cell(statements)}${cell(share, ` (${ways.hit}/${ways.branches})`)}`,
  );
  if (lines < goals.lines || statements < goals.statements) failures.push(`${path}: lines ${uncovered}`);
  if (ways.missing.length > 0)
    console.log(`  branches that no test takes, by line: ${ways.missing.join(", ")}`);
}
const total = percent(hit, branches);
console.log(`${"branches of all files".padEnd(72)}${cell(total, ` (${hit}/${branches})`)}`);
if (total < goals.branches) failures.push(`branches: ${total.toFixed(2)} %, goal ${goals.branches} %`);
for (const failure of failures) console.log(`below the goal: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
