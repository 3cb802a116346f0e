import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ErrorDescriptor } from "@apoc/errors";

/** An error with the package that declares it. */
export interface DeclaredError extends ErrorDescriptor {
  readonly package: string;
}

const packages = new URL("../packages/", import.meta.url);

/** All errors of the repository, by code: the tables of every package's src/errors.ts. */
export async function collectErrors(): Promise<DeclaredError[]> {
  const found: DeclaredError[] = [];
  for (const folder of readdirSync(packages)) {
    const url = new URL(`${folder}/src/errors.ts`, packages);
    if (!existsSync(fileURLToPath(url))) continue;
    const tables = Object.values((await import(url.href)) as Record<string, unknown>).filter(isTable);
    for (const table of tables) {
      for (const descriptor of Object.values(table)) found.push({ ...descriptor, package: folder });
    }
  }
  return found.sort((a, b) => (a.code < b.code ? -1 : 1));
}

function isTable(value: unknown): value is Record<string, ErrorDescriptor> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((item) =>
      /^APOC-\d{4}$/.test(String((item as Partial<ErrorDescriptor> | null)?.code)),
    )
  );
}
