/**
 * Writes docs/schema/provider-api.openapi.json from the routes of the provider API.
 *
 *   node --conditions=apoc-source scripts/generate-openapi.ts [--check]
 *
 * With --check nothing is written: exit 1 where the committed file is not what the routes give.
 */
import { openApiDocument } from "@apoc/core";
import { writeSchema } from "./write-schema.ts";

writeSchema("provider-api.openapi.json", openApiDocument());
