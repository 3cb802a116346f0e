import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Case, readCases, runCase } from "./cases.ts";

const collected = fileURLToPath(new URL("../../../../shared/vectors/attestation/", import.meta.url));
const published = fileURLToPath(new URL("../../../.apoc/vectors/attestation/", import.meta.url));

/** Whether all collected vectors are there. They lie outside of the repository. */
export const complete = existsSync(`${collected}snp-cases.json`);

/** Folder of the vectors: all of them, or those that public packages ship (scripts/vectors.sh). */
export const folder = complete ? collected : published;

/** Lists of the cases of the vectors in {@link folder}, by kind. */
export const lists: Readonly<Record<"snp" | "tdx", string>> = complete
  ? { snp: `${collected}snp-cases.json`, tdx: `${collected}tdx-cases.json` }
  : { snp: publicList("snp"), tdx: publicList("tdx") };

const listed = Object.values(lists).flatMap(readCases);

/** Cases of both lists whose files are there. */
export const cases: readonly Case[] = listed.filter((one) => has(...filesOf(one)));

/** The other cases, with the files that they lack. */
export const missingCases: readonly { readonly id: string; readonly missing: readonly string[] }[] = listed
  .map((one) => ({ id: one.id, missing: filesOf(one).filter((file) => !has(file)) }))
  .filter(({ missing }) => missing.length > 0);

/** The repository's list of the cases whose files public packages ship. */
export function publicList(kind: "snp" | "tdx"): string {
  return fileURLToPath(new URL(`public/${kind}-cases.gen.json`, import.meta.url));
}

/** Whether the vectors have all these files or folders. */
export function has(...paths: readonly string[]): boolean {
  return paths.every((path) => existsSync(folder + path));
}

/** Files of a case; an override of one of these names is another file in its place. */
export function filesOf(one: Case): string[] {
  const names =
    "quote" in one ? ["quote", "collateral", "root"] : ["report", "vek", "intermediate", "ark", "crl"];
  const paths = { ...one, ...one.override } as Readonly<Record<string, unknown>>;
  return names.map((name) => paths[name]).filter((path) => typeof path === "string");
}

/** Lists what is not tested since vectors are missing. */
export function leaveOut(title: string, missing: readonly string[]): void {
  process.stderr.write(`left out: ${title} (no ${missing.join(", no ")})\n`);
}

/** Code of a case of the lists, with changes. */
export async function codeOf(id: string, changes: Partial<Case> = {}): Promise<string> {
  const one = cases.find((candidate) => candidate.id === id);
  if (one === undefined) throw new Error(`no case ${id}`);
  return (await runCase(folder, { ...one, ...changes } as Case)).actual;
}
