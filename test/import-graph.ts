import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "vite";

/** One import as the parser sees it: static, re-export or dynamic with a literal. */
export interface Import {
  /** Importing file, relative to the repository. */
  readonly file: string;
  readonly specifier: string;
  /** Vanishes at run time: `import type`, `export type`. */
  readonly typeOnly: boolean;
  /** `import(…)`: loaded when that line runs. */
  readonly dynamic: boolean;
}

/** A workspace package. */
export interface WorkspacePackage {
  readonly folder: string;
  readonly name: string;
  /** What is installed with it. */
  readonly dependencies: readonly string[];
  /** What its sources may import: for a bundled program its devDependencies, which the bundle contains. */
  readonly importable: readonly string[];
  readonly devDependencies: readonly string[];
  /** Source file of each export: `.` and subpaths. */
  readonly exports: Readonly<Record<string, string>>;
  /** Source file of each `#name` without the `node` condition. */
  readonly portableImports: Readonly<Record<string, string>>;
  /** Source files, tests included, relative to the repository. */
  readonly files: readonly string[];
}

type Conditions = string | { readonly [condition: string]: Conditions };
interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly publishConfig?: { readonly bin?: Record<string, string> };
  readonly exports?: Record<string, Conditions>;
  readonly imports?: Record<string, Conditions>;
}

/** Folder of the repository. */
export const repository = fileURLToPath(new URL("..", import.meta.url));

/** All packages below packages/. */
export function readPackages(): WorkspacePackage[] {
  return readdirSync(join(repository, "packages")).map((folder) => {
    const base = join("packages", folder);
    const manifest = JSON.parse(readFileSync(join(repository, base, "package.json"), "utf8")) as Manifest;
    const sources = (table: Record<string, Conditions> = {}) =>
      Object.fromEntries(Object.entries(table).map(([key, value]) => [key, join(base, sourceOf(value))]));
    return {
      folder,
      name: manifest.name,
      dependencies: Object.keys(manifest.dependencies ?? {}),
      importable: Object.keys(
        (manifest.publishConfig?.bin === undefined ? manifest.dependencies : manifest.devDependencies) ?? {},
      ),
      devDependencies: Object.keys(manifest.devDependencies ?? {}),
      exports: sources(manifest.exports),
      portableImports: sources(manifest.imports),
      files: sourceFiles(join(base, "src")),
    };
  });
}

/** TypeScript files below a folder. */
export function sourceFiles(folder: string): string[] {
  const entries = readdirSync(join(repository, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter(
      (entry) =>
        entry.isFile() && /\.[mc]?tsx?$/.test(entry.name) && !entry.parentPath.includes("node_modules"),
    )
    .map((entry) => relative(repository, join(entry.parentPath, entry.name)));
}

/** Imports of a file, from its syntax tree. */
export function importsOf(file: string): Import[] {
  const found: Import[] = [];
  // Data.
  if (file.endsWith(".json")) return found;
  visit(
    parseAst(readFileSync(join(repository, file), "utf8"), { lang: file.endsWith("x") ? "tsx" : "ts" }),
    (node) => {
      const kind = String(node["type"]);
      if (!/^(Import|ExportAll|ExportNamed)(Declaration|Expression)$/.test(kind)) return;
      const specifier = (node["source"] as { value?: unknown } | null)?.value;
      if (typeof specifier !== "string") return;
      const typeOnly = node["importKind"] === "type" || node["exportKind"] === "type";
      found.push({ file, specifier, typeOnly, dynamic: kind === "ImportExpression" });
    },
  );
  return found;
}

/** File that a relative specifier names, relative to the repository. */
export function resolveRelative({ file, specifier }: Import): string {
  return relative(repository, resolve(repository, dirname(file), specifier));
}

export const isTest = (file: string): boolean => /\.test\.tsx?$|\/(testing|conformance)\//.test(file);

function sourceOf(conditions: Conditions): string {
  if (typeof conditions === "string") return conditions;
  const next = conditions["apoc-source"] ?? conditions["default"];
  if (next === undefined) throw new Error("an export without source");
  return sourceOf(next);
}

type Node = Record<string, unknown>;

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see);
  else if (typeof value === "object" && value !== null) {
    if ("type" in value) see(value as Node);
    for (const item of Object.values(value)) if (typeof item === "object") visit(item, see);
  }
}
