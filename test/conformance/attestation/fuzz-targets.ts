import { azureTargets } from "./fuzz-azure.ts";
import { documentTargets } from "./fuzz-documents.ts";
import { snpTargets } from "./fuzz-snp.ts";
import type { FuzzTarget } from "./fuzz-target.ts";
import { tdxTargets } from "./fuzz-tdx.ts";
import { available } from "./vectors.ts";

/** All targets; those of genuine evidence only where the vectors are. */
export async function fuzzTargets(): Promise<FuzzTarget[]> {
  const documents = await documentTargets();
  return available ? [...documents, ...snpTargets(), ...tdxTargets(), ...azureTargets()] : documents;
}
