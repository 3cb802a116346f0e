// Gives changed inputs to every parser of attestation evidence:
//   node --conditions=apoc-source test/conformance/attestation/fuzz.ts [--runs N] [--seed S] [--from RUN] [--target NAME]
// A parser may refuse with its own error; it must not end with another. What it takes is judged: in its place in evidence
// it must not be accepted, and what was written from it must be read as the same. Each of the N inputs of a target
// differs from what it was made of and goes through the parser; those that it takes go through all the rest as well,
// whole verifications included. Ends with "N passed, N failed" targets; a failure names target, seed and run, and
// `--seed S --from RUN --runs 1` repeats it. The long run is --runs 1000000; scripts/fuzz.sh does it for all areas.
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type FuzzTarget, isTyped, sameBytes } from "./fuzz-target.ts";
import { fuzzTargets } from "./fuzz-targets.ts";
import { Random } from "./fuzz-mutation.ts";

/** What changed inputs of one target gave. */
export interface FuzzResult {
  /** Inputs that went through the parser, each different from what it was made of. */
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
    const original = random.pick(target.seeds);
    let input = target.mutate(random, original, target.seeds);
    while (sameBytes(input, original)) input = target.mutate(random, original, target.seeds);
    try {
      if (target.parse(input, original) === false) continue;
      parsed += 1;
      const fault = await target.judge?.(input, original);
      if (fault !== undefined) failures.push(`${run}: ${fault}`);
    } catch (error) {
      if (!isTyped(error))
        failures.push(`${run}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  return { inputs, parsed, failures };
}

/**
 * Answers signature questions that were asked before with the answer that OpenSSL gave then: most of a changed piece of
 * evidence is unchanged. The question is the key, the options, all bytes and the whole signature.
 *
 * @param limit most questions that are remembered: the first ones, which the unchanged evidence asks
 */
function repeatAnswers(limit: number): void {
  const original = crypto.verify;
  const asked: { readonly key: unknown; readonly bytes: readonly Uint8Array[]; readonly answer: boolean }[] =
    [];
  const verify = (hash: string, data: Uint8Array, key: Parameters<typeof original>[2], signature: Buffer) => {
    const handle = key instanceof crypto.KeyObject ? key : (key as { readonly key: unknown }).key;
    const known = asked.find(
      (each) =>
        each.key === handle && sameBytes(each.bytes[1]!, signature) && sameBytes(each.bytes[0]!, data),
    );
    if (known !== undefined) return known.answer;
    const answer = original(hash, data, key, signature);
    if (asked.length < limit)
      asked.push({ key: handle, bytes: [Uint8Array.from(data), Uint8Array.from(signature)], answer });
    return answer;
  };
  Object.assign(crypto, { verify });
  syncBuiltinESMExports();
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
  const [runs, seed, from] = [values.runs, values.seed, values.from].map(Number) as [number, number, number];
  const targets = (await fuzzTargets()).filter(
    ({ name }) => values.target === undefined || name === values.target,
  );
  if (targets.length === 0) throw new Error(`no target ${values.target}`);
  // Refusals need no stack; one run by itself shows it.
  if (runs > 1) Error.stackTraceLimit = 0;
  repeatAnswers(64);
  for (const { seeds, judge } of targets) for (const one of seeds) await judge?.(one, one);
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
