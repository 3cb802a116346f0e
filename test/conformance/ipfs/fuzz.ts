// Gives changed inputs to every parser of IPFS:
//   node --conditions=apoc-source test/conformance/ipfs/fuzz.ts [--runs N] [--seed S] [--from RUN] [--target NAME]
// A parser may refuse with its own error; it must not end with another, and what it reads must have one reading. Ends
// with "N passed, N failed" targets; `--target NAME --seed S --from RUN --runs 1` repeats a failure. The long run is
// --runs 1000000.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isApocError } from "@apoc/errors";
import { Random } from "../attestation/fuzz-mutation.ts";
import { type FuzzTarget, fuzzTargets } from "./fuzz-targets.ts";

/** What changed inputs of one target gave. */
export interface FuzzResult {
  readonly runs: number;
  /** Inputs that were read, whether changed or not. */
  readonly read: number;
  /** `run: what happened`; at most ten. */
  readonly failures: readonly string[];
}

/** Gives a target changed inputs, by numbers that depend on its name, the seed and the run only. */
export async function fuzz(target: FuzzTarget, runs: number, seed: number, from = 0): Promise<FuzzResult> {
  const failures: string[] = [];
  let read = 0;
  let done = 0;
  for (let run = from; run < from + runs && failures.length < 10; run++) {
    done += 1;
    const random = new Random(seed, target.name, run);
    const input = target.mutate(random, random.pick(target.seeds), target.seeds);
    try {
      const outcome = await target.read(input);
      if (typeof outcome === "string") failures.push(`${run}: ${outcome}`);
      else if (outcome) read += 1;
    } catch (error) {
      // The reader of bytes refuses with whatever error its format has: here this one.
      if (isApocError(error) || (error instanceof SyntaxError && error.message === "refused")) continue;
      failures.push(`${run}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  return { runs: done, read, failures };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "10000" },
      seed: { type: "string", default: "1" },
      from: { type: "string", default: "0" },
      target: { type: "string" },
    },
  });
  const targets = (await fuzzTargets()).filter(
    ({ name }) => values.target === undefined || name === values.target,
  );
  let failed = targets.length === 0 ? 1 : 0;
  for (const target of targets) {
    const start = performance.now();
    const result = await fuzz(target, Number(values.runs), Number(values.seed), Number(values.from));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(
      `${target.name}: ${result.runs} inputs, ${result.read} read, ${result.failures.length} failures, ${seconds} s\n`,
    );
    for (const failure of result.failures) process.stdout.write(`  seed ${values.seed}, run ${failure}\n`);
    if (result.failures.length > 0) failed += 1;
  }
  process.stdout.write(`${targets.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
