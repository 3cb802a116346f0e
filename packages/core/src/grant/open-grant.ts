import { decodeStrictJson } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { podErrors } from "../errors.ts";
import { type Grant, type GrantContent, grantContentSchema } from "./grant.ts";

/** Most bytes of what a grant holds. */
const contentLimit = 65_536;

/**
 * Opens a grant with the wrapping key's private half. Inside and outside must say the same; whether they fit an image
 * is for the caller to check.
 * @throws GRANT_UNREADABLE, GRANT_INVALID, GRANT_MISMATCH
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
  const content = grantContentSchema.safeParse(parseJson(plaintext));
  if (!content.success) {
    throw new ApocError(podErrors.GRANT_INVALID, { field: `jwe.${content.error.issues[0]!.path.join(".")}` });
  }
  for (const field of ["image", "providerKeyId", "licenseHash", "notAfter"] as const) {
    if (content.data[field] !== grant[field]) {
      throw new ApocError(podErrors.GRANT_MISMATCH, {
        field,
        expected: String(grant[field]),
        actual: String(content.data[field]),
      });
    }
  }
  return content.data;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return decodeStrictJson(bytes, contentLimit);
  } catch (cause) {
    throw new ApocError(podErrors.GRANT_INVALID, { field: "jwe", detail: "Content is not JSON", cause });
  }
}
