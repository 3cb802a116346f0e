import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Lane, type Verdict } from "./mutation/lane.ts";
import { type Mutant, mutantsOf, mutatedFiles } from "./mutation/mutants.ts";

/**
 * Puts one fault at a time into a copy of the contracts and runs the Solidity tests on it: see scripts/mutate.sh.
 * Survivors that change nothing are listed with the reason in test/contracts/equivalent-mutants.json, by their id.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const kept = join(root, ".apoc/proof");
const atLeast = 60;
const share = 0.95;

interface Tried {
  readonly mutant: Omit<Mutant, "source">;
  readonly verdict: Verdict;
}

const { values } = parseArgs({
  options: {
    sample: { type: "string" },
    lanes: { type: "string", default: "2" },
    only: { type: "string" },
    retry: { type: "boolean", default: false },
    resume: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
});

const report = join(kept, "mutation.json");
const all = mutatedFiles(root).flatMap((file) => mutantsOf(root, file));
const reasons = new Map(
  (
    JSON.parse(readFileSync(join(root, "test/contracts/equivalent-mutants.json"), "utf8")) as {
      readonly id: string;
      readonly reason: string;
    }[]
  ).map(({ id, reason }) => [id, reason]),
);
const chosen = choose();
if (values.list) {
  for (const mutant of chosen) console.log(describe(mutant));
  process.exit(0);
}

mkdirSync(kept, { recursive: true });
const ids = new Set(chosen.map(({ id }) => id));
// Where a run is continued, or only survivors are tried again, what was found of the others still holds.
const tried: Tried[] =
  values.retry || values.resume ? last().filter(({ mutant }) => !ids.has(mutant.id)) : [];
await tryAll(chosen);
process.exitCode = conclude(tried) ? 0 : 1;

/** By file or id, or the first of all in the order of their ids, which is as good as at random but always the same. */
function choose(): Mutant[] {
  let mutants = all;
  if (values.only !== undefined) {
    const wanted = values.only.split(",");
    mutants = mutants.filter(({ id, file }) => wanted.some((each) => id === each || file.includes(each)));
  }
  if (values.retry) {
    const before = new Map(last().map(({ mutant, verdict }) => [mutant.id, verdict.kind]));
    return mutants.filter(({ id }) => before.get(id) === "survived");
  }
  mutants = mutants.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  if (values.sample !== undefined) mutants = mutants.slice(0, Number(values.sample));
  if (!values.resume) return mutants;
  const found = new Set(last().map(({ mutant }) => mutant.id));
  return mutants.filter(({ id }) => !found.has(id));
}

/** What the last run found of the mutants that there still are. */
function last(): Tried[] {
  const found = JSON.parse(readFileSync(report, "utf8")) as Tried[];
  return found.filter(({ mutant }) => all.some(({ id }) => id === mutant.id));
}

async function tryAll(mutants: readonly Mutant[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "apoc-mutation-"));
  let done = 0;
  try {
    const first = await Lane.open(root, join(folder, "lane-0"));
    const more = Array.from({ length: Number(values.lanes) - 1 }, (_, i) =>
      first.copy(join(folder, `lane-${i + 1}`)),
    );
    const waiting = mutants.values();
    const work = async (lane: Lane) => {
      for (const { source, ...mutant } of waiting) {
        const verdict = await lane.try({ ...mutant, source });
        tried.push({ mutant, verdict });
        writeFileSync(report, `${JSON.stringify(tried, undefined, 1)}\n`);
        const by = verdict.kind === "killed" ? ` by ${verdict.by}` : "";
        console.error(`${++done}/${mutants.length} ${verdict.kind}${by}: ${describe(mutant)}`);
      }
    };
    await Promise.all([first, ...more].map(work));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints the survivors and the count; whether all that is demanded holds. */
function conclude(results: readonly Tried[]): boolean {
  const of = (kind: Verdict["kind"]) => results.filter(({ verdict }) => verdict.kind === kind);
  const survivors = of("survived");
  const equivalent = survivors.filter(({ mutant }) => reasons.has(mutant.id));
  const unexplained = survivors.filter(({ mutant }) => !reasons.has(mutant.id));
  const killed = of("killed").length;
  for (const { mutant } of equivalent) {
    console.log(`equivalent  ${describe(mutant)}\n            ${reasons.get(mutant.id)}`);
  }
  for (const { mutant } of unexplained) console.log(`SURVIVED    ${describe(mutant)}`);
  const counted = killed + unexplained.length;
  const part = counted === 0 ? 0 : killed / counted;
  console.log(
    `${results.length} mutants: ${of("discarded").length} do not compile, ${equivalent.length} are equivalent, ` +
      `${killed} of the other ${counted} killed (${(100 * part).toFixed(1)} %)`,
  );
  const enough = values.only !== undefined || results.length - of("discarded").length >= atLeast;
  if (!enough) console.log(`fewer than ${atLeast} mutants`);
  const stale = [...reasons.keys()].filter((id) => !all.some((mutant) => mutant.id === id));
  for (const id of stale) console.log(`no such mutant any more: ${id}`);
  const contradicted = of("killed").filter(({ mutant }) => reasons.has(mutant.id));
  for (const { mutant } of contradicted) console.log(`called equivalent, but killed: ${describe(mutant)}`);
  return (
    enough && part >= share && unexplained.length === 0 && stale.length === 0 && contradicted.length === 0
  );
}

function describe(mutant: Omit<Mutant, "source">): string {
  const change = `${mutant.before} => ${mutant.after === "" ? "(nothing)" : mutant.after}`;
  return `${mutant.id} ${mutant.file}:${mutant.line} ${mutant.within}: ${mutant.operator}: ${change}`;
}
