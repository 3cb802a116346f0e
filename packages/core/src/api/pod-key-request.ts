import { z } from "zod";
import { type PodKey, podScopes } from "../pod/pod-key.ts";
import { sessionKeySchema } from "../pod/session-key.ts";
import { parseBody } from "./parse-body.ts";

/** Body of `PUT /v1/pods/{publisher}/{podId}/keys`: what the wallet says about a key of its pod. */
export interface PodKeyRequest extends PodKey {
  readonly version: 1;
}

/** Form of a {@link PodKeyRequest} on the wire. */
export const podKeyRequestSchema = z.strictObject({
  version: z.literal(1),
  key: sessionKeySchema,
  scopes: z
    .array(z.enum(podScopes))
    .max(podScopes.length)
    .refine((scopes) => new Set(scopes).size === scopes.length, "each scope once"),
  notAfter: z.int().positive().optional(),
}) as unknown as z.ZodType<PodKeyRequest>;

/** The bytes that are signed and sent. */
export function encodePodKeyRequest(key: PodKey): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version: 1, ...key }));
}

/** Reads a body strictly. @throws MANIFEST_FIELD */
export function parsePodKeyRequest(body: Uint8Array): PodKey {
  const { version: _, ...key } = parseBody(podKeyRequestSchema, body);
  return key;
}
