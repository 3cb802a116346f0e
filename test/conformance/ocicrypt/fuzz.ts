// Gives changed inputs to every parser of ocicrypt-js:
//   node --conditions=apoc-source test/conformance/ocicrypt/fuzz.ts [--runs N] [--seed S] [--from RUN] [--target NAME]
// A parser may refuse with a coded error; it must not end with another. What is opened must be what was wrapped or
// encrypted, and what is written from what was read must be read as the same.
import { fileURLToPath } from "node:url";
import { runFuzz } from "../fuzz/fuzz.ts";
import { keyTargets } from "./fuzz-keys.ts";
import { keyProviderTargets } from "./fuzz-keyprovider.ts";
import { layerTargets } from "./fuzz-layers.ts";

/** All targets. */
export const fuzzTargets = [...keyTargets, ...layerTargets, ...keyProviderTargets];

if (process.argv[1] === fileURLToPath(import.meta.url)) await runFuzz(fuzzTargets);
