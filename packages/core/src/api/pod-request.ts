import { decodeStrictJson } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { type ChannelTerms, termsSchema, toWire } from "../channel/wire.ts";
import { podErrors } from "../errors.ts";
import { type Grant, parseGrant } from "../grant/grant.ts";
import type { PodManifest } from "../manifest/pod-manifest.ts";
import { validatePodManifest } from "../manifest/pod-manifest-schema.ts";

/** Body of `PUT /v1/pods/{id}`: docs/spec/admission.md, "Pod request". */
export interface PodRequest {
  readonly version: 1;
  readonly channel: ChannelTerms;
  /** Normalised, every image pinned by digest. */
  readonly manifest: PodManifest;
  /** Grants that the publisher carries; others are looked for beside the image and among uploaded ones. */
  readonly grants: readonly Grant[];
  /** Compact JWE to the attested wrapping key (`sealSecrets`), where the manifest names secrets. */
  readonly secrets?: string;
}

/** Largest body that a provider reads. */
export const maxPodRequestBytes = 2 * 1024 * 1024;

const schema = z.strictObject({
  version: z.literal(1),
  channel: termsSchema,
  manifest: z.unknown(),
  grants: z.array(z.unknown()).max(16),
  secrets: z.string().max(maxPodRequestBytes).optional(),
});

/** The bytes that are signed and sent. */
export function encodePodRequest(request: PodRequest): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(toWire(request)));
}

/** Reads a body strictly. @throws MANIFEST_FIELD, GRANT_INVALID */
export function parsePodRequest(body: Uint8Array): PodRequest {
  const { manifest, grants, secrets, ...rest } = parse(schema, body);
  return {
    ...rest,
    manifest: validatePodManifest(manifest),
    grants: grants.map(parseGrant),
    ...(secrets === undefined ? {} : { secrets }),
  };
}

/** Parses JSON bytes by a schema. @throws MANIFEST_FIELD naming the field */
export function parse<T>(form: z.ZodType<T>, body: Uint8Array): T {
  let value: unknown;
  try {
    value = decodeStrictJson(body, maxPodRequestBytes);
  } catch (cause) {
    throw new ApocError(podErrors.MANIFEST_FIELD, { field: "body", expected: "JSON", cause });
  }
  const result = form.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new ApocError(podErrors.MANIFEST_FIELD, {
    field: issue.path.join(".") || "body",
    detail: issue.message,
  });
}
