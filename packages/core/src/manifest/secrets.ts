import { ApocError } from "@apoc/errors";
import { decodeStrictJson, fromBase64, toBase64 } from "@apoc/encoding";
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";
import { podErrors } from "../errors.ts";
import { importWrappingKey } from "../grant/seal-grant.ts";
import { type PodIdentity, podUid } from "../pod/pod-identity.ts";
import type { PodSecrets } from "./pod-manifest.ts";

const use = "apoc secrets v2";

/**
 * Seals a pod's secrets to the provider's attested wrapping key, bound to the pod, so that anyone who carries the request
 * learns nothing and cannot move them to another pod.
 */
export async function sealSecrets(
  secrets: PodSecrets,
  pod: PodIdentity,
  wrappingKey: Uint8Array,
): Promise<string> {
  const entries = Object.fromEntries([...secrets].map(([name, content]) => [name, toBase64(content)]));
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(entries)))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", cty: use, pod: podUid(pod) })
    .encrypt(await importWrappingKey(wrappingKey));
}

/** Opens what {@link sealSecrets} sealed for this pod. @throws SECRETS_UNREADABLE */
export async function openSecrets(
  sealed: string,
  pod: PodIdentity,
  wrappingKey: CryptoKey,
): Promise<PodSecrets> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, wrappingKey, {
      keyManagementAlgorithms: ["ECDH-ES+A256KW"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    if (protectedHeader.cty !== use || protectedHeader["pod"] !== podUid(pod))
      throw new Error("sealed for another use");
    const entries = decodeStrictJson(plaintext, plaintext.length) as Record<string, string>;
    return new Map(Object.entries(entries).map(([name, content]) => [name, fromBase64(content)]));
  } catch (cause) {
    throw new ApocError(podErrors.SECRETS_UNREADABLE, { field: "secrets", cause });
  }
}
