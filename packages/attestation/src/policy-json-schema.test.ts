import { expect, test } from "vitest";
import { trustPolicyJsonSchema } from "./policy-json-schema.ts";

type Schema = { readonly [key: string]: Schema } & {
  readonly additionalProperties?: boolean;
  readonly type?: string;
};

test("every object of the published schema refuses unknown keys", () => {
  const open: string[] = [];
  const visit = (schema: Schema, path: string) => {
    if (
      schema.type === ("object" as never) &&
      schema.additionalProperties !== false &&
      schema["propertyNames"] === undefined
    )
      open.push(path);
    for (const [key, value] of Object.entries(schema))
      if (typeof value === "object" && value !== null) visit(value as Schema, `${path}/${key}`);
  };
  const schema = trustPolicyJsonSchema();
  visit(schema as Schema, "");
  expect(open).toEqual([]);
  expect(schema["required"]).toEqual(["apiVersion", "name"]);
  expect(Object.keys(schema["properties"] as object)).toEqual([
    "apiVersion",
    "name",
    "maxAge",
    "development",
    "revocation",
    "configurations",
    "nodePolicies",
    "roots",
    "snp",
    "tdx",
    "azure",
  ]);
});
