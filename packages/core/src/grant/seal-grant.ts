import type { Digest } from "@apoc/oci";
import { providerKeyId } from "@apoc/attestation";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";
import type { Hex } from "viem";
import { accountName } from "../chain-id.ts";
import type { TypedDataSigner } from "../signature.ts";
import type { Grant, GrantContent, ImageKey } from "./grant.ts";
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
  /** Chain of the license's developer account. */
  readonly chainId: number;
}

/** Wraps the image key to the provider's attested key and signs the whole as the developer. */
export async function sealGrant(decision: GrantDecision, developer: TypedDataSigner): Promise<Grant> {
  const content: GrantContent = {
    version: 1,
    image: decision.image,
    config: decision.config,
    key: decision.imageKey,
    providerKeyId: providerKeyId(decision.wrappingKey),
    licenseHash: decision.licenseHash,
    notAfter: Math.floor(decision.notAfter.getTime() / 1000),
  };
  const jwe = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", kid: content.providerKeyId })
    .encrypt(await importWrappingKey(decision.wrappingKey));
  const unsigned = {
    version: 1 as const,
    image: content.image,
    providerKeyId: content.providerKeyId,
    licenseHash: content.licenseHash,
    notAfter: content.notAfter,
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
