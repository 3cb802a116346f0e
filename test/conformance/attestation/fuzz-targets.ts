import { azureTargets } from "./fuzz-azure.ts";
import { documentTargets } from "./fuzz-documents.ts";
import { snpTargets } from "./fuzz-snp.ts";
import type { FuzzTarget } from "./fuzz-target.ts";
import { tdxTargets } from "./fuzz-tdx.ts";

/** All targets; those of genuine evidence as far as the vectors are there. */
export async function fuzzTargets(): Promise<FuzzTarget[]> {
  return [...(await documentTargets()), ...snpTargets(), ...tdxTargets(), ...azureTargets()];
}
