import type { TrustPolicy } from "@apoc/attestation";
import { parseStrictJson, requireVersion } from "@apoc/encoding";
import type { Digest } from "@apoc/oci";
import { ApocError } from "@apoc/errors";
import type { Hex } from "viem";
import { z } from "zod";
import type { AccountName } from "../chain-id.ts";
import { podErrors } from "../errors.ts";
import { accountNameSchema } from "../schema/caip.ts";
import { bytes32Schema, keyIdSchema, sha256DigestSchema, signatureSchema } from "../schema/hex.ts";

/** Media type of a grant, and artifactType of the artifact that carries it. */
export const grantMediaType = "application/vnd.apocryph.grant.v2+json";

/** Version of grants and of what they hold. */
export const grantVersion = 2;
/** Maximum number of bytes of the canonical JSON of the trust policy in a grant. */
export const grantPolicyLimit = 16_384;
/** Maximum number of characters of the JWE: the largest policy and all the rest. */
const jweLimit = 24_576;
/** Maximum number of bytes of a grant as JSON. */
export const grantLimit = 32_768;

/** A developer's permission for one provider key to run one image until a date: docs/spec/grant.md. */
export interface Grant {
  readonly version: typeof grantVersion;
  /** D, the digest of the platform manifest. */
  readonly image: Digest;
  /** Lower-case hex sha256 of the provider's wrapping key (SPKI DER). */
  readonly providerKeyId: string;
  readonly licenseHash: Hex;
  /** Unix seconds after which the grant is void. */
  readonly notAfter: number;
  /** Lower-case hex sha256 of the trust policy under which the developer granted. */
  readonly policyDigest: string;
  /** Compact JWE to the wrapping key; holds the image key. */
  readonly jwe: string;
  /** Who signed. */
  readonly developer: AccountName;
  /** EIP-712 signature over all of the above. */
  readonly signature: Hex;
}

/** An EC P-256 private key as JWK. */
export interface ImageKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

/** What the JWE of a grant holds. */
export interface GrantContent {
  readonly version: typeof grantVersion;
  readonly image: Digest;
  readonly config: Digest;
  readonly key: ImageKey;
  readonly providerKeyId: string;
  readonly licenseHash: Hex;
  readonly notAfter: number;
  /** Which providers may have the image key: a guest hands it only to a successor whose evidence meets this policy. */
  readonly policy: TrustPolicy;
}

const seconds = z.int().positive();
const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** Form of a {@link Grant}. */
export const grantSchema = z.strictObject({
  version: z.literal(grantVersion),
  image: sha256DigestSchema,
  providerKeyId: keyIdSchema,
  licenseHash: bytes32Schema,
  notAfter: seconds,
  policyDigest: keyIdSchema,
  jwe: z
    .string()
    .max(jweLimit)
    .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){4}$/),
  developer: accountNameSchema,
  signature: signatureSchema,
});

export const grantContentSchema = z.strictObject({
  version: z.literal(grantVersion),
  image: sha256DigestSchema,
  config: sha256DigestSchema,
  key: z.strictObject({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: coordinate,
    y: coordinate,
    d: coordinate,
  }),
  providerKeyId: keyIdSchema,
  licenseHash: bytes32Schema,
  notAfter: seconds,
  policy: z.unknown(),
});

/** Reads a grant; unknown members are errors. The signature is not checked here. @throws GRANT_VERSION, GRANT_INVALID */
export function parseGrant(input: unknown): Grant {
  const value = typeof input === "string" ? parseJson(input) : input;
  requireVersion(value, grantVersion, podErrors.GRANT_VERSION);
  const result = grantSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new ApocError(podErrors.GRANT_INVALID, { field: issue.path.join("."), detail: issue.message });
}

/** Deterministic tag under which a grant is beside its image: `sha256-<D>.apoc.<first 32 hex of the key id>`. */
export function grantTag(image: Digest, providerKeyId: string): string {
  return `${image.replace(":", "-")}.apoc.${providerKeyId.slice(0, 32)}`;
}

function parseJson(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw new ApocError(podErrors.GRANT_INVALID, { detail: "Not JSON", cause });
  }
}
