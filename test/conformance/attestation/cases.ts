import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { runSnpCase, type SnpCase } from "./snp-case.ts";
import { runTdxCase, type TdxCase } from "./tdx-case.ts";

/** A case of either kind, as its list has it. */
export type Case = (SnpCase & { readonly kind: "snp" }) | (TdxCase & { readonly kind: "tdx" });

/** What a case gave. */
export interface Outcome {
  readonly id: string;
  readonly expect: string;
  /** `ACCEPT`, a reason code, or `ERROR: …` when the case could not be run. */
  readonly actual: string;
}

/** Cases of a list: a JSON array, or an object with the array under `cases`. */
export function readCases(list: string): Case[] {
  const content = JSON.parse(readFileSync(list, "utf8")) as Case[] | { cases: Case[] };
  return Array.isArray(content) ? content : content.cases;
}

/** Folder that the paths of a list's cases are relative to, unless another is named. */
export function folderOf(list: string): string {
  return dirname(resolve(list));
}

/** Runs one case. Never rejects. */
export async function runCase(folder: string, one: Case): Promise<Outcome> {
  const { id, expect } = one;
  try {
    // Lists written before there were two kinds do not name the kind.
    const { code } = "quote" in one ? await runTdxCase(folder, one) : await runSnpCase(folder, one);
    return { id, expect, actual: code };
  } catch (error) {
    return { id, expect, actual: `ERROR: ${error instanceof Error ? error.message : String(error)}` };
  }
}
