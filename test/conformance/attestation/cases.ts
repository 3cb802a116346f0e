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

/** Cases of a list: a JSON array, or an object with the array under `cases`. Throws for a list that is neither. */
export function readCases(list: string): Case[] {
  const content = JSON.parse(readFileSync(list, "utf8")) as Case[] | { cases?: Case[] } | null;
  const cases = Array.isArray(content) ? content : content?.cases;
  if (!Array.isArray(cases)) throw new Error(`${list} has no list of cases`);
  return cases;
}

/** Folder that the paths of a list's cases are relative to, unless another is named. */
export function folderOf(list: string): string {
  return dirname(resolve(list));
}

/** Runs one case. Never rejects: what is no case of a known kind gives an error, which no case can expect. */
export async function runCase(folder: string, one: Case): Promise<Outcome> {
  // A list is foreign: its items may be anything.
  const { id, expect } = { ...(one as { id?: unknown; expect?: unknown } | null) };
  const outcome = (actual: string) => ({ id: String(id), expect: String(expect), actual });
  try {
    const { code } = await runKnown(folder, one);
    return outcome(code);
  } catch (error) {
    return outcome(`ERROR: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function runKnown(folder: string, one: Case): Promise<{ readonly code: string }> {
  // Lists written before there were two kinds do not name the kind.
  const { kind, report, quote } = {
    ...(one as Partial<Record<"kind" | "report" | "quote", unknown>> | null),
  };
  if (typeof quote === "string" && (kind ?? "tdx") === "tdx") return runTdxCase(folder, one as TdxCase);
  if (typeof report === "string" && (kind ?? "snp") === "snp") return runSnpCase(folder, one as SnpCase);
  throw new Error(`a case of kind ${String(kind)} with neither report nor quote of that kind`);
}
