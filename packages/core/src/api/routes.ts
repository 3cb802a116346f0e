import { type Evidence, evidenceDocument, evidenceSchema } from "@apoc/attestation";
import type { Hex } from "viem";
import { z } from "zod";
import { admissionErrors, apiErrors, paymentErrors, podErrors } from "../errors.ts";
import { type Grant, grantLimit, grantSchema, parseGrant } from "../grant/grant.ts";
import { bytes32Schema } from "../schema/hex.ts";
import { type ProviderInfo, providerInfoSchema, type Quote, quoteSchema } from "./documents.ts";
import { type OpenApiDocument, openApiDocumentSchema } from "./openapi-document.ts";
import { maxRequestBytes, parseBody } from "./parse-body.ts";
import { deletePod, getPod, podLogs, putPod, putPodKey } from "./pod-routes.ts";
import { parseQuoteRequest, type QuoteRequest, quoteRequestSchema } from "./quote-request.ts";
import type { Route } from "./route.ts";
import { bodyErrors, commonErrors } from "./route-errors.ts";

const nonceSchema = z.strictObject({ nonce: bytes32Schema });
const healthSchema = z.object({ status: z.literal("ok") });
const storedSchema = z.object({ status: z.literal("stored") });

const health: Route<z.infer<typeof healthSchema>, undefined, undefined> = {
  method: "GET",
  path: "/healthz",
  summary: "Check that the API answers",
  answer: { schema: healthSchema, mediaType: "application/json", statuses: { 200: "The API answers" } },
  errors: commonErrors,
};

const openApi: Route<OpenApiDocument, undefined, undefined> = {
  method: "GET",
  path: "/v1/openapi.json",
  summary: "Get the description of this API",
  answer: {
    schema: openApiDocumentSchema,
    mediaType: "application/json",
    statuses: { 200: "OpenAPI 3.1 document" },
  },
  errors: commonErrors,
};

const info: Route<ProviderInfo, undefined, undefined> = {
  method: "GET",
  path: "/v1/info",
  summary: "Get identity, prices and operating policy of the provider",
  answer: { schema: providerInfoSchema, mediaType: "application/json", statuses: { 200: "The provider" } },
  errors: commonErrors,
};

const attest: Route<Evidence, { readonly nonce: Hex }, undefined> = {
  method: "POST",
  path: "/v1/attest",
  summary: "Get evidence over a nonce",
  body: { schema: nonceSchema, maxBytes: 4 * 1024, read: (bytes) => parseBody(nonceSchema, bytes) },
  answer: {
    schema: evidenceSchema,
    mediaType: "application/json",
    write: evidenceDocument,
    statuses: { 200: "Evidence over the nonce" },
  },
  errors: [...commonErrors, ...bodyErrors, podErrors.MANIFEST_FIELD, apiErrors.BUSY],
};

const quote: Route<Quote, QuoteRequest, undefined> = {
  method: "POST",
  path: "/v1/quote",
  summary: "Get verdicts of the checks, and terms of a channel, for a pod",
  body: {
    schema: quoteRequestSchema,
    maxBytes: maxRequestBytes,
    read: parseQuoteRequest,
  },
  answer: {
    schema: quoteSchema,
    mediaType: "application/json",
    statuses: { 200: "A verdict for each check, and a signature where none failed" },
  },
  errors: [
    ...commonErrors,
    ...bodyErrors,
    podErrors.MANIFEST_FIELD,
    paymentErrors.CHANNEL_INVALID,
    paymentErrors.TOO_MANY_PAYEES,
    apiErrors.BUSY,
  ],
};

const uploadGrant: Route<z.infer<typeof storedSchema>, Grant, undefined> = {
  method: "POST",
  path: "/v1/grants",
  summary: "Store a grant for the key of this provider",
  body: {
    schema: grantSchema,
    maxBytes: grantLimit,
    read: (bytes) => parseGrant(new TextDecoder().decode(bytes)),
  },
  answer: { schema: storedSchema, mediaType: "application/json", statuses: { 201: "The grant is stored" } },
  errors: [
    ...commonErrors,
    ...bodyErrors,
    podErrors.GRANT_INVALID,
    podErrors.GRANT_VERSION,
    apiErrors.GRANT_NOT_OURS,
    admissionErrors.GRANT_EXPIRED,
    admissionErrors.GRANT_SIGNER,
    admissionErrors.GRANT_KEY,
    apiErrors.BUSY,
  ],
};

/** The HTTP API of a provider (docs/spec/admission.md, "HTTP API"), by operation id. */
export const providerRoutes = {
  health,
  openApi,
  info,
  attest,
  quote,
  uploadGrant,
  putPod,
  putPodKey,
  getPod,
  deletePod,
  podLogs,
} as const;
