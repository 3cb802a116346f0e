export {
  answerOf,
  applied,
  container,
  ended,
  eventually,
  linesOf,
  podOf,
  type RuntimeHarness,
  webContainer,
} from "./harness.ts";
export { processConformance } from "./process-conformance.ts";
export type { ProcessHarness, ShellConfig } from "./process-harness.ts";
export type { Program, Step } from "./program.ts";
export { runtimeConformance } from "./runtime-conformance.ts";
