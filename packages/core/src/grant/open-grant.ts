import { canonicalDigest, policyDigest, type TrustPolicy, trustPolicy } from "@apoc/attestation";
import { decodeStrictJson, requireVersion } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { podErrors } from "../errors.ts";
import { type Grant, type GrantContent, grantContentSchema, grantLimit, grantVersion } from "./grant.ts";

/**
 * Opens a grant with the wrapping key's private half. Inside and outside must say the same; whether they fit an image
 * is for the caller to check.
 * @throws GRANT_UNREADABLE, GRANT_VERSION, GRANT_INVALID, GRANT_MISMATCH, GRANT_POLICY
 */
export async function openGrant(grant: Grant, wrappingKey: CryptoKey): Promise<GrantContent> {
  let plaintext: Uint8Array;
  try {
    ({ plaintext } = await compactDecrypt(grant.jwe, wrappingKey, {
      keyManagementAlgorithms: ["ECDH-ES+A256KW"],
      contentEncryptionAlgorithms: ["A256GCM"],
    }));
  } catch (cause) {
    throw new ApocError(podErrors.GRANT_UNREADABLE, { field: "jwe", cause });
  }
  const value = parseJson(plaintext);
  requireVersion(value, grantVersion, podErrors.GRANT_VERSION);
  const parsed = grantContentSchema.safeParse(value);
  if (!parsed.success) {
    throw new ApocError(podErrors.GRANT_INVALID, { field: `jwe.${parsed.error.issues[0]!.path.join(".")}` });
  }
  const { policy, ...rest } = parsed.data;
  for (const field of ["image", "providerKeyId", "licenseHash", "notAfter"] as const) {
    const [expected, actual] = [String(grant[field]), String(rest[field])];
    if (actual !== expected) throw new ApocError(podErrors.GRANT_MISMATCH, { field, expected, actual });
  }
  return { ...rest, policy: readPolicy(policy, grant.policyDigest) };
}

/** The policy must be in the one form whose digest is signed outside: then anyone who reads it later reads the same. */
function readPolicy(value: unknown, digest: string): TrustPolicy {
  let policy: TrustPolicy;
  try {
    policy = trustPolicy(value);
  } catch (cause) {
    throw new ApocError(podErrors.GRANT_INVALID, { field: "jwe.policy", cause });
  }
  for (const actual of [policyDigest(policy), canonicalDigest(value)])
    if (actual !== digest)
      throw new ApocError(podErrors.GRANT_POLICY, { field: "policyDigest", expected: digest, actual });
  return policy;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return decodeStrictJson(bytes, grantLimit);
  } catch (cause) {
    throw new ApocError(podErrors.GRANT_INVALID, { field: "jwe", detail: "Content is not JSON", cause });
  }
}
