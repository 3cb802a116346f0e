import { z } from "zod";
import { type ChannelTerms, termsSchema, toWire } from "../channel/wire.ts";
import { type Grant, grantSchema, parseGrant } from "../grant/grant.ts";
import type { PodManifest } from "../manifest/pod-manifest.ts";
import { podManifestSchema, validatePodManifest } from "../manifest/pod-manifest-schema.ts";
import { maxRequestBytes, parseBody } from "./parse-body.ts";
import { assertRequestVersion } from "./request-version.ts";
import { requestVersion } from "./request.ts";

/** Body of `PUT /v1/pods/{publisher}/{podId}`: docs/spec/admission.md, "Pod request". */
export interface PodRequest {
  readonly version: typeof requestVersion;
  /** The channel that pays from now on. Its header names the pod. */
  readonly channel: ChannelTerms;
  /** Normalised, every image pinned by digest. */
  readonly manifest: PodManifest;
  /** Grants that the publisher carries; others are looked for beside the image and among uploaded ones. */
  readonly grants: readonly Grant[];
  /** Compact JWE to the attested wrapping key (`sealSecrets`), where the manifest names secrets. */
  readonly secrets?: string;
}

// Manifest and grants are read by parsers of their own, which say more about what is wrong.
const envelopeSchema = z.strictObject({
  version: z.literal(requestVersion),
  channel: termsSchema,
  manifest: z.unknown(),
  grants: z.array(z.unknown()).max(16),
  secrets: z.string().max(maxRequestBytes).optional(),
});

/** Form of a {@link PodRequest} on the wire. */
export const podRequestSchema = envelopeSchema.extend({
  manifest: podManifestSchema,
  grants: z.array(grantSchema).max(16),
});

/** The bytes that are signed and sent. */
export function encodePodRequest(request: PodRequest): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(toWire(request)));
}

/** Reads a body strictly. @throws REQUEST_VERSION, MANIFEST_FIELD, GRANT_INVALID */
export function parsePodRequest(body: Uint8Array): PodRequest {
  const { manifest, grants, secrets, ...rest } = parseBody(envelopeSchema, body, (value) =>
    assertRequestVersion(value, "body"),
  );
  return {
    ...rest,
    manifest: validatePodManifest(manifest),
    grants: grants.map(parseGrant),
    ...(secrets === undefined ? {} : { secrets }),
  };
}
