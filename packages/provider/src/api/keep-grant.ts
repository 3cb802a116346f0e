import {
  admissionErrors,
  apiErrors,
  type Grant,
  openGrant,
  type SignatureVerifier,
  verifyGrantSignature,
} from "@apoc/core";
import { ApocError, isApocError } from "@apoc/errors";
import { type Clock, unixSeconds } from "../clock.ts";
import type { AdmissionMemory } from "../state/index.ts";
import type { WrappingKey } from "../tee/index.ts";

/** What an uploaded grant is judged and kept with. */
export interface GrantParts {
  readonly wrappingKey: Pick<WrappingKey, "keyId" | "privateKey">;
  readonly verifySignature: SignatureVerifier;
  readonly memory: Pick<AdmissionMemory, "keepGrant">;
  readonly clock: Clock;
}

/**
 * Keeps a grant that a developer uploads, if it is for this provider's key, valid, signed, and opens.
 * @throws GRANT_NOT_OURS, GRANT_EXPIRED, GRANT_SIGNER, GRANT_KEY; BUSY when there is no room
 */
export async function keepUploadedGrant(
  grant: Grant,
  { wrappingKey, verifySignature, memory, clock }: GrantParts,
): Promise<void> {
  const refuse = (field: string, expected: string, actual: string) =>
    new ApocError(apiErrors.GRANT_NOT_OURS, { field, expected, actual });
  if (grant.providerKeyId !== wrappingKey.keyId) {
    throw refuse("providerKeyId", wrappingKey.keyId, grant.providerKeyId);
  }
  if (grant.notAfter <= unixSeconds(clock)) {
    throw new ApocError(admissionErrors.GRANT_EXPIRED, {
      field: "notAfter",
      actual: String(grant.notAfter),
    });
  }
  if (!(await verifyGrantSignature(grant, verifySignature))) {
    throw new ApocError(admissionErrors.GRANT_SIGNER, { field: "signature", expected: grant.developer });
  }
  await openGrant(grant, wrappingKey.privateKey).catch((cause: unknown) => {
    throw new ApocError(admissionErrors.GRANT_KEY, {
      field: "jwe",
      detail: isApocError(cause) ? cause.descriptor.title : undefined,
      cause,
    });
  });
  if (!(await memory.keepGrant(grant, clock.wall()))) {
    throw new ApocError(apiErrors.BUSY, { field: "grants", expected: "room for one more" });
  }
}
