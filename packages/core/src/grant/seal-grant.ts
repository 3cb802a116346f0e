import type { Digest } from "@apoc/oci";
import { policyDigest, providerKeyId, type TrustPolicy } from "@apoc/attestation";
import { canonicalJson } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";
import type { Hex } from "viem";
import { accountName } from "../chain-id.ts";
import { podErrors } from "../errors.ts";
import type { TypedDataSigner } from "../signature.ts";
import { type Grant, type GrantContent, grantPolicyLimit, grantVersion, type ImageKey } from "./grant.ts";
import { grantTypedData } from "./grant-signature.ts";

/** What a developer decides when granting. */
export interface GrantDecision {
  readonly image: Digest;
  readonly config: Digest;
  readonly imageKey: ImageKey;
  readonly licenseHash: Hex;
  /** Attested wrapping key of the provider, SPKI DER of a P-256 key. */
  readonly wrappingKey: Uint8Array;
  readonly notAfter: Date;
  /** Trust policy that the provider's evidence met. */
  readonly policy: TrustPolicy;
  /** Chain of the license's developer account. */
  readonly chainId: number;
}

/**
 * Wraps the image key, with the trust policy, to the provider's attested key and signs the whole as the developer.
 * @throws GRANT_INVALID for a policy that is too large for a grant
 */
export async function sealGrant(decision: GrantDecision, developer: TypedDataSigner): Promise<Grant> {
  const size = new TextEncoder().encode(canonicalJson(decision.policy)).length;
  if (size > grantPolicyLimit) {
    throw new ApocError(podErrors.GRANT_INVALID, {
      field: "policy",
      expected: `at most ${grantPolicyLimit} bytes`,
      actual: `${size} bytes`,
    });
  }
  const content: GrantContent = {
    version: grantVersion,
    image: decision.image,
    config: decision.config,
    key: decision.imageKey,
    providerKeyId: providerKeyId(decision.wrappingKey),
    licenseHash: decision.licenseHash,
    notAfter: Math.floor(decision.notAfter.getTime() / 1000),
    policy: decision.policy,
  };
  const jwe = await new CompactEncrypt(new TextEncoder().encode(canonicalJson(content)))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", kid: content.providerKeyId })
    .encrypt(await importWrappingKey(decision.wrappingKey));
  const unsigned = {
    version: content.version,
    image: content.image,
    providerKeyId: content.providerKeyId,
    licenseHash: content.licenseHash,
    notAfter: content.notAfter,
    policyDigest: policyDigest(decision.policy),
    jwe,
    developer: accountName(decision.chainId, developer.address),
  };
  return { ...unsigned, signature: await developer.signTypedData(grantTypedData(unsigned)) };
}

/** Imports the SPKI DER of a P-256 key for ECDH. */
export function importWrappingKey(spki: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey(
    "spki",
    new Uint8Array(spki),
    { name: "ECDH", namedCurve: "P-256" },
    true,
    [],
  );
}
