import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

test("CONTRIBUTING.md: every path that it names exists", () => {
  const page = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  const paths = [...page.matchAll(/`((?:packages|test|docs|contracts|scripts)\/[\w./-]*)`/g)].map(
    ([, path]) => path!,
  );
  const named = paths.filter((path) => !/NAME|AREA/.test(path));
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
