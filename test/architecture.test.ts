import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, dirname } from "node:path";
import { expect, test } from "vitest";
import { collectErrors } from "../scripts/error-tables.ts";
import { cyclesOf } from "./import-cycles.ts";
import {
  importsOf,
  isTest,
  readPackages,
  resolveRelative,
  sourceFiles,
  type WorkspacePackage,
} from "./import-graph.ts";

/** Imports go from a higher to a lower rank only. */
const ranks: Readonly<Record<string, number>> = {
  "@apoc/errors": 0,
  "@apoc/encoding": 1,
  "ocicrypt-js": 2,
  "@apoc/oci": 2,
  "@apoc/attestation": 2,
  "@apoc/core": 3,
  "@apoc/client": 4,
  "@apoc/terminal": 5,
  "@apoc/devnet": 5,
  "@apoc/web": 5,
  "@apoc/developer": 6,
  "@apoc/publisher": 6,
  "@apoc/provider": 6,
  apoc: 7,
};

/** Packages that run in a browser, by their main entry. */
const browserSafe = [
  "@apoc/errors",
  "@apoc/encoding",
  "@apoc/attestation",
  "@apoc/core",
  "@apoc/client",
  "ocicrypt-js",
  "@apoc/oci",
];

const packages = readPackages();
const named = new Map(packages.map((item) => [item.name, item]));
const sources = (item: WorkspacePackage) => item.files.filter((file) => !isTest(file)).flatMap(importsOf);

/** `@scope/name` or `name` of a bare specifier. */
function packageOf(specifier: string): string | undefined {
  if (/^[.#]/.test(specifier) || specifier.startsWith("node:")) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

test("the parser sees static, re-exported, dynamic and type imports", () => {
  const seen = importsOf("packages/apoc/src/index.ts").map(({ specifier }) => specifier);
  expect(seen).toEqual(
    expect.arrayContaining(["@apoc/terminal/command", "@apoc/developer", "./chain/group.ts"]),
  );
  expect(importsOf("packages/terminal/src/context.ts").every(({ typeOnly }) => typeOnly)).toBe(true);
});

test.each(packages)("$name imports only what is below it, and declares it", (item) => {
  const rank = ranks[item.name];
  expect(rank, "a rank").toBeDefined();
  const wrong: string[] = [];
  for (const { file, specifier } of sources(item)) {
    const target = packageOf(specifier);
    if (target === undefined || target === item.name) continue;
    if (!item.importable.includes(target)) wrong.push(`${file}: ${specifier} is not declared`);
    if (named.has(target) && (ranks[target] ?? Infinity) >= (rank ?? 0))
      wrong.push(`${file}: ${specifier} is not below`);
  }
  for (const name of [...item.dependencies, ...item.importable]) {
    if (named.has(name) && (ranks[name] ?? Infinity) >= (rank ?? 0))
      wrong.push(`package.json: ${name} is not below`);
  }
  expect(wrong).toEqual([]);
});

test("the provider's daemon, all of provider but its commands, imports no terminal", () => {
  const { files } = named.get("@apoc/provider")!;
  const isCommand = (file: string) => /^packages\/provider\/src\/(commands\/|index\.ts$|cli\.ts$)/.test(file);
  const daemon = files.filter((file) => !isTest(file) && !isCommand(file));
  expect(daemon).toContain("packages/provider/src/daemon/start-provider.ts");
  const wrong = daemon
    .flatMap(importsOf)
    .filter(
      (found) =>
        packageOf(found.specifier) === "@apoc/terminal" ||
        (found.specifier.startsWith(".") && isCommand(resolveRelative(found))),
    );
  expect(wrong).toEqual([]);
});

test("neither the client nor the web may import the terminal; the web may import the client and what is below", () => {
  const below = (name: string) =>
    Object.keys(ranks).filter((other) => (ranks[other] ?? Infinity) < (ranks[name] ?? 0));
  for (const name of ["@apoc/client", "@apoc/web"]) expect(below(name)).not.toContain("@apoc/terminal");
  expect(new Set(below("@apoc/web"))).toEqual(new Set(["@apoc/client", ...below("@apoc/client")]));
});

test("only apoc and tests use the development network", () => {
  const users = packages.filter((item) =>
    sources(item).some(({ specifier }) => packageOf(specifier) === "@apoc/devnet"),
  );
  expect(users.map(({ name }) => name)).toEqual(["apoc"]);
});

test.each(packages)("$name reaches others by their exports and stays in its folder", (item) => {
  const wrong: string[] = [];
  for (const file of item.files) {
    for (const found of importsOf(file)) {
      const { specifier } = found;
      if (specifier.startsWith(".")) {
        if (!resolveRelative(found).startsWith(`packages/${item.folder}/src/`))
          wrong.push(`${file}: ${specifier}`);
      }
      const target = named.get(packageOf(specifier) ?? "");
      if (target === undefined) continue;
      const subpath = `.${specifier.slice(target.name.length)}`;
      if (target.exports[subpath] === undefined) wrong.push(`${file}: ${specifier} is no export`);
    }
  }
  expect(wrong).toEqual([]);
});

test("tests and scripts outside of packages import their exports, not files of theirs", () => {
  const imports = ["test", "scripts"].flatMap(sourceFiles).flatMap(importsOf);
  const wrong = imports.filter((found) => {
    if (found.specifier.startsWith(".")) return resolveRelative(found).startsWith("packages/");
    const target = named.get(packageOf(found.specifier) ?? "");
    return (
      target !== undefined && target.exports[`.${found.specifier.slice(target.name.length)}`] === undefined
    );
  });
  expect(wrong.map(({ file, specifier }) => `${file}: ${specifier}`)).toEqual([]);
  expect(imports.filter(({ specifier }) => specifier.endsWith("/testing")).length).toBeGreaterThan(20);
});

test.each(browserSafe)("the main entry of %s reaches no module of Node", (name) => {
  const visited = new Set<string>();
  const wrong: string[] = [];
  const follow = (item: WorkspacePackage, file: string): void => {
    if (visited.has(file)) return;
    visited.add(file);
    for (const found of importsOf(file)) {
      const { specifier } = found;
      if (found.typeOnly) continue;
      if (specifier.startsWith("node:") || builtinModules.includes(specifier))
        wrong.push(`${file}: ${specifier}`);
      if (specifier.startsWith(".")) follow(item, resolveRelative(found));
      const portable = item.portableImports[specifier];
      if (portable !== undefined) follow(item, portable);
      const target = named.get(packageOf(specifier) ?? "");
      const entry = target?.exports[`.${specifier.slice(target.name.length)}`];
      if (target !== undefined && entry !== undefined) follow(target, entry);
    }
  };
  const item = named.get(name);
  if (item?.exports["."] === undefined) throw new Error(`${name} has no main entry`);
  follow(item, item.exports["."]);
  expect(wrong).toEqual([]);
  expect(visited.size).toBeGreaterThan(1);
});

test.each([
  ["commander", ["@apoc/terminal"]],
  ["@kubernetes/client-node", ["@apoc/provider"]],
])("%s is used by %j only", (dependency, allowed) => {
  const users = packages.filter((item) =>
    sources(item).some(({ specifier }) => packageOf(specifier) === dependency),
  );
  expect(allowed).toEqual(expect.arrayContaining(users.map(({ name }) => name)));
});

test("circles are found, and only they", () => {
  const graph = new Map([
    ["a", ["b", "c"]],
    ["b", ["d"]],
    ["c", ["d"]],
    ["d", ["e"]],
    ["e", ["b", "outside"]],
    ["self", ["self"]],
    ["alone", ["a"]],
  ]);
  expect(cyclesOf(graph).map((cycle) => cycle.toSorted())).toEqual([["b", "d", "e"], ["self"]]);
  expect(cyclesOf(new Map([["a", ["b"]]]))).toEqual([]);
});

test("no import closes a circle, not even one of types", () => {
  const graph = new Map<string, string[]>();
  const add = (file: string, item?: WorkspacePackage) => {
    graph.set(
      file,
      importsOf(file).flatMap((found) => {
        if (found.specifier.startsWith(".")) return [resolveRelative(found)];
        const target = named.get(packageOf(found.specifier) ?? "");
        const entry =
          item?.portableImports[found.specifier] ??
          target?.exports[`.${found.specifier.slice(target.name.length)}`];
        return entry === undefined ? [] : [entry];
      }),
    );
  };
  for (const item of packages) for (const file of item.files) add(file, item);
  for (const file of [...sourceFiles("test"), ...sourceFiles("scripts")]) add(file);
  expect(graph.size).toBeGreaterThan(500);
  expect(cyclesOf(graph)).toEqual([]);
});

test("no file or folder is called utils, helpers or common", () => {
  const files = [
    ...packages.flatMap((item) => item.files),
    ...sourceFiles("test"),
    ...sourceFiles("scripts"),
  ];
  const words = (file: string) => [...dirname(file).split("/"), basename(file).replace(/\..*$/, "")];
  expect(
    files.filter((file) => words(file).some((word) => /^(utils?|helpers?|common|misc|shared)$/.test(word))),
  ).toEqual([]);
});

test("only command lines advise a literal command", () => {
  const commandLines = /^packages\/(terminal|developer|publisher|apoc|provider\/src\/commands)\//;
  const literal = /\baction: "(run|give-option|confirm)"/;
  const files = packages.flatMap((item) => item.files).filter((file) => !isTest(file));
  const users = files.filter((file) => literal.test(readFileSync(file, "utf8")));
  expect(users).toContain("packages/terminal/src/ui.ts");
  expect(users.filter((file) => !commandLines.test(file))).toEqual([]);
});

test("every error code is used once, and every name once in its package", async () => {
  const errors = await collectErrors();
  expect(errors.length).toBeGreaterThan(50);
  const twice = (keys: readonly string[]) => keys.filter((key, index) => keys.indexOf(key) !== index);
  expect(twice(errors.map(({ code }) => code))).toEqual([]);
  expect(twice(errors.map((error) => `${error.package} ${error.code.slice(0, 6)} ${error.name}`))).toEqual(
    [],
  );
});
