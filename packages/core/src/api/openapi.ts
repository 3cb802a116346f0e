import { evidenceSchema } from "@apoc/attestation";
import type { ErrorDescriptor } from "@apoc/errors";
import { z } from "zod";
import { grantSchema } from "../grant/grant.ts";
import { podManifestSchema } from "../manifest/pod-manifest-schema.ts";
import { podKeyRequestSchema } from "./pod-key-request.ts";
import { addressSchema, bytes32Schema } from "../schema/hex.ts";
import { podStatusSchema, providerInfoSchema, quoteSchema } from "./documents.ts";
import { errorDocumentSchema, errorWireSchema } from "./error-document.ts";
import { podLogLineSchema } from "./log-lines.ts";
import { podRequestSchema } from "./pod-request.ts";
import { quoteRequestSchema } from "./quote-request.ts";
import type { OpenApiDocument, OpenApiPart } from "./openapi-document.ts";
import type { Route } from "./route.ts";
import { providerRoutes } from "./routes.ts";
import { statusOfError } from "./status.ts";

/** Schemas that have a name of their own in the document. */
const named: Readonly<Record<string, z.ZodType>> = {
  Evidence: evidenceSchema,
  ErrorDocument: errorDocumentSchema,
  Grant: grantSchema,
  PodKeyRequest: podKeyRequestSchema,
  PodLogLine: podLogLineSchema,
  PodManifest: podManifestSchema,
  PodRequest: podRequestSchema,
  PodStatus: podStatusSchema,
  ProviderInfo: providerInfoSchema,
  Quote: quoteSchema,
  QuoteRequest: quoteRequestSchema,
};

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** The OpenAPI document of {@link providerRoutes}: what `GET /v1/openapi.json` answers. */
export function openApiDocument(): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiPart>> = {};
  for (const [operationId, route] of Object.entries(providerRoutes)) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(operationId, route as Route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "apoc provider",
      version: "1",
      description:
        "HTTP API of a provider: docs/spec/admission.md. TLS with a key that the evidence binds; amounts are decimal strings in base units.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    paths,
    components: {
      schemas: components(),
      securitySchemes: {
        signedRequest: {
          type: "apiKey",
          in: "header",
          name: "Authorization",
          description:
            '`APOC ` and base64url of a signed request (docs/spec/admission.md, "Request"): it names action, pod, provider and the hash of the body.',
        },
      },
    },
  };
}

function operation(
  operationId: string,
  { path, summary, actions, query, body, answer, errors }: Route,
): OpenApiPart {
  const parameters = [...(path.includes("{podId}") ? podParameters : []), ...queryParameters(query)];
  return {
    operationId,
    summary,
    ...(actions === undefined ? {} : { security: [{ signedRequest: [] }], "x-apoc-actions": actions }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            description: `At most ${body.maxBytes} bytes`,
            content: { "application/json": { schema: schemaOf(body.schema) } },
          },
        }),
    responses: { ...successes(answer), ...failures(errors) },
  };
}

/** A pod in a path. */
const podParameters: readonly OpenApiPart[] = [
  { name: "publisher", in: "path", required: true, description: "Account", schema: schemaOf(addressSchema) },
  { name: "podId", in: "path", required: true, description: "Pod id", schema: schemaOf(bytes32Schema) },
];

function queryParameters(query: z.ZodType | undefined): readonly OpenApiPart[] {
  if (query === undefined) return [];
  const { properties = {} } = schemaOf(query) as { properties?: Record<string, OpenApiPart> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", required: false, schema }));
}

function successes({ statuses, mediaType, schema }: Route["answer"]): OpenApiPart {
  const content = { [mediaType]: { schema: schemaOf(schema) } };
  return Object.fromEntries(
    Object.entries(statuses).map(([status, description]) => [status, { description, content }]),
  );
}

/** One entry a status, with the codes that are answered under it. */
function failures(errors: readonly ErrorDescriptor[]): OpenApiPart {
  const statuses = [...new Set(errors.map(statusOfError))].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => {
      const own = errors.filter((error) => statusOfError(error) === status);
      const schema = {
        type: "object",
        required: ["error"],
        properties: {
          error: {
            ...reference("ErrorDocument"),
            properties: { code: { enum: own.map(({ code }) => code) } },
          },
        },
      };
      const description = own.map(({ code, title }) => `${code}: ${title}`).join("\n\n");
      return [status, { description, content: { "application/json": { schema } } }];
    }),
  );
}

/** The form on the wire as a JSON schema: a reference where it has a name. */
function schemaOf(schema: z.ZodType): OpenApiPart {
  const name = Object.keys(named).find((key) => named[key] === schema);
  return name === undefined ? withoutDialect(z.toJSONSchema(schema, { io: "input" })) : reference(name);
}

function components(): OpenApiPart {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: "input", uri: (id) => reference(id).$ref });
  const all = { ...schemas, ErrorDocument: z.toJSONSchema(errorWireSchema, { io: "input" }) };
  return Object.fromEntries(Object.entries(all).map(([id, schema]) => [id, withoutDialect(schema)]));
}

function withoutDialect(schema: object): OpenApiPart {
  return Object.fromEntries(
    Object.entries(schema).filter(([key]) => key !== "$schema" && key !== "$id" && key !== "id"),
  );
}
