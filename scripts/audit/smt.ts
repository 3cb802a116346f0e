/**
 * Proves every assertion of test/audit/smt, and that the library under them neither overflows nor divides by zero:
 * the compiler's SMTChecker makes one question a condition, z3 answers it.
 *
 *   node scripts/audit/smt.ts [--seconds N]
 *
 * The checker knows no shifts, and asks nothing about unchecked blocks. So it reads the library with `x >> RATE_BITS`
 * and `x << RATE_BITS` as division by and product with 2^32, which they are while nothing overflows, and with its
 * unchecked blocks checked: that nothing overflows is part of what is proved. Where the library is written in another
 * way than this knows, the run fails.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

interface Message {
  readonly severity: string;
  readonly errorCode?: string;
  readonly message: string;
  readonly formattedMessage: string;
}
interface Callbacks {
  import(path: string): { contents: string };
  smtSolver(query: string): { contents: string };
}

const solc = createRequire(import.meta.url)("solc") as {
  compile(input: string, callbacks: Callbacks): string;
};
const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const library = "contracts/libraries/Accrual.sol";
const harness = "test/audit/smt/AccrualProofs.sol";
const { values } = parseArgs({ options: { seconds: { type: "string", default: "300" } } });
/** For one question. The slowest takes some seconds on an idle machine. */
const seconds = Number(values.seconds);

/** Source of `path` as the checker reads it. */
function source(path: string): string {
  const text = readFileSync(join(root, path), "utf8");
  if (path !== library) return text;
  const arithmetic = text
    .replace(/unchecked \{([^{}]*)\}/g, "$1")
    .replaceAll("<< RATE_BITS", "* 2 ** RATE_BITS")
    .replace(/\(([^()]*)\) >> RATE_BITS/g, "($1) / 2 ** RATE_BITS");
  if (/>>|<<|unchecked|assembly/.test(arithmetic)) {
    throw new Error(`${path} uses an operation that is not translated for SMTChecker`);
  }
  return arithmetic;
}

const answers = new Map<string, number>();
let slowest = 0;
function ask(query: string): { contents: string } {
  const begun = performance.now();
  const answer = spawnSync("z3", ["-in", `-T:${seconds}`], { input: query, encoding: "utf8" });
  if (answer.error !== undefined) throw answer.error;
  slowest = Math.max(slowest, performance.now() - begun);
  const verdict = answer.stdout.split("\n", 1)[0] ?? "";
  answers.set(verdict, (answers.get(verdict) ?? 0) + 1);
  return { contents: answer.stdout };
}

const input = {
  language: "Solidity",
  sources: { [harness]: { content: source(harness) } },
  settings: {
    evmVersion: "cancun",
    modelChecker: {
      contracts: { [harness]: ["AccrualProofs"] },
      engine: "bmc",
      solvers: ["smtlib2"],
      targets: ["assert", "underflow", "overflow", "divByZero"],
      timeout: seconds * 1000,
      showProvedSafe: true,
      showUnproved: true,
      showUnsupported: true,
    },
    outputSelection: { "*": { "": ["ast"] } },
  },
};
const output = JSON.parse(
  solc.compile(JSON.stringify(input), {
    import: (path) => ({ contents: source(posix.normalize(path)) }),
    smtSolver: ask,
  }),
) as { readonly errors?: readonly Message[] };

/** BMC's "check is safe", and its notice that another engine will be preferred. */
const [safe, notice] = ["2961", "3993"];
const messages = output.errors ?? [];
const proved = messages.filter(({ errorCode }) => errorCode === safe);
const others = messages.filter(({ errorCode }) => errorCode !== safe && errorCode !== notice);
for (const { formattedMessage } of others) console.log(formattedMessage);

const asserted = source(harness).match(/\bassert\(/g)?.length ?? 0;
const assertions = proved.filter(({ message }) => message.includes("Assertion violation")).length;
const version = spawnSync("z3", ["--version"], { encoding: "utf8" }).stdout.trim();
console.log(`${version}; questions: ${[...answers].map(([verdict, n]) => `${n} ${verdict}`).join(", ")}`);
console.log(`slowest question: ${Math.round(slowest)} ms`);
console.log(`other conditions (overflow, underflow, division by zero) proved: ${proved.length - assertions}`);
console.log(`assertions: ${asserted}, proved: ${assertions}, unproved: ${asserted - assertions}`);
process.exitCode = others.length === 0 && assertions === asserted && asserted > 0 ? 0 : 1;
