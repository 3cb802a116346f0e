// Runs a list of SNP and TDX cases through the verifier:
//   node --conditions=apoc-source test/conformance/attestation/run.ts <cases.json> [--root DIR] [--json]
// Paths in the list are relative to its own folder, or to DIR. Ends with "N passed, N failed"; the exit code is 0 when
// all passed, 1 when one failed, 2 when the list cannot be run.
import { parseArgs } from "node:util";
import { folderOf, type Outcome, readCases, runCase } from "./cases.ts";

try {
  const { values, positionals } = parseArgs({
    options: { root: { type: "string" }, json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [list, ...more] = positionals;
  if (list === undefined || more.length > 0) throw new Error("name one list of cases");
  const folder = values.root ?? folderOf(list);
  const outcomes: Outcome[] = [];
  for (const one of readCases(list)) outcomes.push(await runCase(folder, one));
  const failed = outcomes.filter(({ expect, actual }) => expect !== actual);
  const passed = outcomes.length - failed.length;
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ passed, failed: failed.length, outcomes }, null, 2)}\n`);
  } else {
    for (const { id, expect, actual } of failed)
      process.stdout.write(`FAIL ${id}: ${expect}, got ${actual}\n`);
  }
  // With --json, stdout holds the document and nothing else.
  (values.json ? process.stderr : process.stdout).write(`${passed} passed, ${failed.length} failed\n`);
  process.exitCode = failed.length === 0 && passed > 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
