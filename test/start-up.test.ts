import { readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "@apoc/terminal/main";
import { expect, test } from "vitest";
import { importsOf, isTest, readPackages, repository, resolveRelative } from "./import-graph.ts";

const packages = readPackages();
const named = new Map(packages.map((item) => [item.name, item]));

/** Modules and libraries that come with a module when it is loaded. */
function loadedWith(file: string, files = new Set<string>(), libraries = new Set<string>()) {
  if (files.has(file)) return { files, libraries };
  files.add(file);
  for (const found of importsOf(file)) {
    const { specifier } = found;
    if (found.typeOnly || found.dynamic || specifier.startsWith("node:")) continue;
    if (specifier.startsWith(".")) {
      loadedWith(resolveRelative(found), files, libraries);
      continue;
    }
    const name = specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");
    const entry = named.get(name)?.exports[`.${specifier.slice(name.length)}`];
    if (entry === undefined) libraries.add(`${specifier} in ${file}`);
    else loadedWith(entry, files, libraries);
  }
  return { files, libraries };
}

const declarations = packages
  .flatMap((item) => item.files)
  .filter(
    (file) =>
      !isTest(file) && / = define(Command|Group)\(/.test(readFileSync(join(repository, file), "utf8")),
  );

test("help of a group or command loads no library; only an address needs one, for its checksum", () => {
  expect(declarations.length).toBeGreaterThan(70);
  const libraries = declarations.flatMap((file) => [...loadedWith(file).libraries]);
  expect([...new Set(libraries)]).toEqual(["viem/utils in packages/terminal/src/values/address.ts"]);
});

test("the help of a program loads no library and few modules", () => {
  const { files, libraries } = loadedWith("packages/apoc/src/cli.ts");
  expect([...libraries]).toEqual([]);
  expect(files.size).toBeLessThan(24);
});

test("a run module is loaded by its command only, and only when it runs", () => {
  const runs = packages.flatMap((item) => item.files).filter((file) => file.endsWith(".run.ts"));
  expect(runs.length).toBeGreaterThan(60);
  const loaders = packages
    .flatMap((item) => item.files)
    .flatMap(importsOf)
    .filter(({ specifier }) => specifier.endsWith(".run.ts"))
    .map((found) => `${found.file} ${found.dynamic ? "loads" : "imports"} ${resolveRelative(found)}`);
  expect(loaders.toSorted()).toEqual(
    runs.map((file) => `${file.replace(/\.run\.ts$/, ".ts")} loads ${file}`).toSorted(),
  );
});

test("all packages have the version that the programs show", () => {
  const versions = packages.map(({ folder }) => {
    const manifest: unknown = JSON.parse(
      readFileSync(join(repository, "packages", folder, "package.json"), "utf8"),
    );
    return (manifest as { version: string }).version;
  });
  expect(new Set(versions)).toEqual(new Set([version]));
});
