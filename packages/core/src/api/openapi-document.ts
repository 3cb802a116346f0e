import { z } from "zod";

/** A part of an OpenAPI document that nobody here looks into. */
export type OpenApiPart = Readonly<Record<string, unknown>>;

/** An OpenAPI 3.1 document, as far as callers look into it. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: OpenApiPart;
  /** Operations by path and lower-case method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiPart>>>>;
  readonly components: OpenApiPart;
}

const part = z.record(z.string(), z.unknown());

/** Form of an {@link OpenApiDocument}. */
export const openApiDocumentSchema: z.ZodType<OpenApiDocument> = z.object({
  openapi: z.string(),
  info: part,
  paths: z.record(z.string(), z.record(z.string(), part)),
  components: part,
});
