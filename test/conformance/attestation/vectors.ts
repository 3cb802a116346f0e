import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Case, readCases, runCase } from "./cases.ts";

/** Folder of the collected vectors. It lies outside of the repository and may be missing. */
export const folder = fileURLToPath(new URL("../../../../shared/vectors/attestation/", import.meta.url));

/** Whether the collected vectors are there. */
export const available = existsSync(`${folder}snp-cases.json`);

/** Cases of both lists; none where the vectors are missing. */
export const cases: readonly Case[] = available
  ? ["snp-cases.json", "tdx-cases.json"].flatMap((name) => readCases(`${folder}${name}`))
  : [];

/** Code of a case of the lists, with changes. */
export async function codeOf(id: string, changes: Partial<Case> = {}): Promise<string> {
  const one = cases.find((candidate) => candidate.id === id);
  if (one === undefined) throw new Error(`no case ${id}`);
  return (await runCase(folder, { ...one, ...changes } as Case)).actual;
}
