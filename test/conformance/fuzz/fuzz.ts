import { parseArgs } from "node:util";
import { Random } from "../attestation/fuzz-mutation.ts";
import { type FuzzTarget, isTyped } from "./target.ts";

/** What changed inputs of one target gave. */
export interface FuzzResult {
  readonly inputs: number;
  /** Inputs that the parser took, and that were judged. */
  readonly parsed: number;
  /** `run: what happened`; at most ten. */
  readonly failures: readonly string[];
}

/** Gives a target changed inputs, by numbers that depend on its name, the seed and the run only. */
export async function fuzz(target: FuzzTarget, runs: number, seed: number, from = 0): Promise<FuzzResult> {
  const failures: string[] = [];
  let [inputs, parsed] = [0, 0];
  for (let run = from; run < from + runs && failures.length < 10; run++) {
    inputs += 1;
    const random = new Random(seed, target.name, run);
    const input = target.mutate(random, random.pick(target.seeds), target.seeds);
    try {
      const value = await target.parse(input);
      if (value === undefined) continue;
      parsed += 1;
      const fault = await target.judge?.(value as never, input);
      if (fault !== undefined) failures.push(`${run}: ${fault}`);
    } catch (error) {
      if (!isTyped(error))
        failures.push(`${run}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  return { inputs, parsed, failures };
}

/**
 * The program of an area's fuzz.ts: `[--runs N] [--seed S] [--from RUN] [--target NAME]`. Ends with "N passed, N failed"
 * targets; a failure names target, seed and run, and `--seed S --from RUN --runs 1` repeats it. The long run is
 * --runs 1000000.
 */
export async function runFuzz(all: readonly FuzzTarget[]): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "10000" },
      seed: { type: "string", default: "1" },
      from: { type: "string", default: "0" },
      target: { type: "string" },
    },
  });
  const [runs, seed, from] = [values.runs, values.seed, values.from].map(Number) as [number, number, number];
  const targets = all.filter(({ name }) => values.target === undefined || name === values.target);
  if (targets.length === 0) throw new Error(`no target ${values.target}`);
  // Refusals need no stack; one run by itself shows it.
  if (runs > 1) Error.stackTraceLimit = 0;
  let failed = 0;
  for (const target of targets) {
    const start = performance.now();
    const { inputs, parsed, failures } = await fuzz(target, runs, seed, from);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(
      `${target.name}: ${inputs} inputs, ${parsed} parsed, ${failures.length} failures, ${seconds} s\n`,
    );
    for (const failure of failures) process.stdout.write(`  seed ${seed}, run ${failure}\n`);
    if (failures.length > 0) failed += 1;
  }
  process.stdout.write(`${targets.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
