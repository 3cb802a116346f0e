import { expect, test } from "vitest";
import { openApiDocument, providerRoutes, type Route, statusOfError } from "./index.ts";

const document = openApiDocument();
const routes = Object.entries(providerRoutes) as unknown as [name: string, route: Route][];

interface Described {
  readonly operationId: string;
  readonly security?: unknown;
  readonly requestBody?: unknown;
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

test.each(routes)("%s is described with every status and code that it can answer", (name, route) => {
  const operation = document.paths[route.path]![route.method.toLowerCase()] as unknown as Described;
  expect(operation.operationId).toBe(name);
  expect(operation.security !== undefined).toBe(route.actions !== undefined);
  expect(operation.requestBody !== undefined).toBe(route.body !== undefined);
  const statuses = [
    ...Object.keys(route.answer.statuses),
    ...route.errors.map((e) => String(statusOfError(e))),
  ];
  expect(Object.keys(operation.responses).sort()).toEqual([...new Set(statuses)].sort());
  for (const error of route.errors) {
    expect(JSON.stringify(operation.responses[statusOfError(error)])).toContain(`"${error.code}"`);
  }
});

test("a path is described once for each method, with its parameters", () => {
  const described = Object.values(document.paths).flatMap((methods) => Object.keys(methods));
  expect(described).toHaveLength(routes.length);
  const names = (path: string, method: string) =>
    (document.paths[path]![method] as unknown as Described).parameters?.map(({ name }) => name);
  expect(names("/v1/pods/{publisher}/{podId}/logs", "get")).toEqual([
    "publisher",
    "podId",
    "container",
    "tail",
    "since",
    "follow",
  ]);
  expect(names("/v1/info", "get")).toBeUndefined();
});

test("every reference leads to a schema of the document", () => {
  const text = JSON.stringify(document);
  const schemas = (document.components as { schemas: Record<string, unknown> }).schemas;
  const referred = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
  expect(new Set(referred)).toEqual(new Set(Object.keys(schemas)));
  expect(text).not.toContain('"$id"');
});

test("amounts are texts on the wire, and unknown members of a request are errors", () => {
  const { schemas } = document.components as { schemas: Record<string, Record<string, unknown>> };
  expect(schemas["PodStatus"]).toMatchObject({
    properties: { channels: { items: { properties: { metered: { type: "string" } } } } },
  });
  expect(schemas["PodRequest"]).toMatchObject({ additionalProperties: false });
  expect(schemas["Grant"]).toMatchObject({ additionalProperties: false });
});
