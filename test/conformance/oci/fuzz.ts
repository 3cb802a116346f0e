// Gives changed inputs to every parser of @apoc/oci:
//   node --conditions=apoc-source test/conformance/oci/fuzz.ts [--runs N] [--seed S] [--from RUN] [--target NAME]
// A parser may refuse with a coded error; it must not end with another. What it takes is judged: what was written from
// it must be read as the same, and content must have its digest.
import { fileURLToPath } from "node:url";
import { runFuzz } from "../fuzz/fuzz.ts";
import type { FuzzTarget } from "../fuzz/target.ts";
import { documentTargets } from "./fuzz-documents.ts";
import { fileTargets } from "./fuzz-files.ts";
import { headerTargets } from "./fuzz-headers.ts";

/** All targets. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...documentTargets,
  ...headerTargets,
  ...(await fileTargets()),
];

if (process.argv[1] === fileURLToPath(import.meta.url)) await runFuzz(fuzzTargets);
