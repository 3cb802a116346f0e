import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { providerRoutes, type Route } from "./index.ts";

const specification = readFileSync(new URL("../../../../docs/spec/admission.md", import.meta.url), "utf8");
const section = specification.split("## HTTP API")[1]!.split("\n## ")[0]!;

test("the specification lists the routes of the definition, and no others", () => {
  const listed = [...section.matchAll(/^\| `(GET|POST|PUT|DELETE) (\/[^`? ]*)/gm)].map(
    ([, method, path]) => `${method} ${path}`,
  );
  const defined = Object.values(providerRoutes).map(({ method, path }) => `${method} ${path}`);
  expect(listed.sort()).toEqual(defined.sort());
});

test("the specification names the query and the statuses of success of each route", () => {
  const rows = section.split("\n").filter((line) => /^\| `(GET|POST|PUT|DELETE) /.test(line));
  for (const route of Object.values(providerRoutes) as unknown as Route[]) {
    const row = rows.find(
      (line) =>
        line.startsWith(`| \`${route.method} ${route.path}`) &&
        !/[/\w]/.test(line[`| \`${route.method} ${route.path}`.length]!),
    );
    const statuses = row?.split("|")[2]?.match(/\d{3}/g)?.map(Number);
    expect(statuses, `${route.method} ${route.path}`).toEqual(Object.keys(route.answer.statuses).map(Number));
  }
});
