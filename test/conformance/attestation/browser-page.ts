// The page's program: fetches cases with their files and runs them when it is told to.
import { provideFiles } from "./browser-platform.ts";
import { type Case, type Outcome, runCase } from "./cases.ts";

/** What the page fetches from `cases.json`: files in base64 by path, and the cases. */
export interface PageCases {
  readonly files: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
}

async function run(): Promise<Outcome[]> {
  const answer = await fetch("cases.json");
  const { files, cases } = (await answer.json()) as PageCases;
  provideFiles(files);
  const outcomes: Outcome[] = [];
  for (const one of cases) outcomes.push(await runCase("", one));
  return outcomes;
}

Object.assign(globalThis, { runCases: run });
