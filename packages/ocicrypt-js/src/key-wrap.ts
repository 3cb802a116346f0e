import { ApocError } from "@apoc/errors";
import { fromBase64, toBase64 } from "./base64.ts";
import {
  formatPrivateOptions,
  parsePrivateOptions,
  parsePublicOptions,
  type PrivateOptions,
} from "./cipher-options.ts";
import { ocicryptErrors } from "./errors.ts";
import { unwrapWithKey, wrapForRecipient } from "./jwe.ts";
import type { PrivateJwk, PublicJwk } from "./keys.ts";
import { LayerKey } from "./layer-key.ts";
import {
  isEncryptedLayerType,
  jweAnnotation,
  keysAnnotationPrefix,
  type LayerDescriptor,
  publicOptionsAnnotation,
} from "./spec.ts";

const maxPackets = 64;

/** Annotations that wrap the private options for each recipient. */
export async function wrapPrivateOptions(
  options: PrivateOptions,
  recipients: readonly PublicJwk[],
): Promise<Record<string, string>> {
  const plaintext = formatPrivateOptions(options);
  const packets: string[] = [];
  for (const recipient of recipients) packets.push(toBase64(await wrapForRecipient(plaintext, recipient)));
  plaintext.fill(0);
  return { [jweAnnotation]: packets.join(",") };
}

/** The schemes by which a layer's key is wrapped: `jwe`, `pkcs7`, `pgp`, `pkcs11`, `provider.<name>`. */
export function wrappingSchemes(descriptor: Pick<LayerDescriptor, "annotations">): string[] {
  return Object.keys(descriptor.annotations ?? {})
    .filter((name) => name.startsWith(keysAnnotationPrefix))
    .map((name) => name.slice(keysAnnotationPrefix.length));
}

export interface UnwrapOptions {
  keys: readonly PrivateJwk[];
}

/**
 * Unwraps the key of an encrypted layer. Each packet is tried with each key; the first that opens decides, and must
 * be valid. Only JWE is supported: other schemes give SCHEME_UNSUPPORTED when no JWE is there.
 * @throws NOT_ENCRYPTED, PUBLIC_OPTIONS_INVALID, CIPHER_UNKNOWN, CIPHER_OPTIONS_PUBLIC, WRAPPED_KEY_MISSING,
 * WRAPPED_KEY_INVALID, SCHEME_UNSUPPORTED, NO_MATCHING_KEY, PRIVATE_OPTIONS_INVALID
 */
export async function unwrapLayerKey(descriptor: LayerDescriptor, options: UnwrapOptions): Promise<LayerKey> {
  if (!isEncryptedLayerType(descriptor.mediaType)) {
    throw new ApocError(ocicryptErrors.NOT_ENCRYPTED, {
      field: descriptor.digest,
      actual: descriptor.mediaType,
    });
  }
  const publicOptions = parsePublicOptions(descriptor.annotations?.[publicOptionsAnnotation]);
  for (const packet of readPackets(descriptor)) {
    for (const key of options.keys) {
      const plaintext = await unwrapWithKey(packet, key);
      if (plaintext === undefined) continue;
      const privateOptions = parsePrivateOptions(plaintext);
      plaintext.fill(0);
      return new LayerKey(publicOptions, privateOptions);
    }
  }
  throw new ApocError(ocicryptErrors.NO_MATCHING_KEY, {
    field: descriptor.digest,
    actual: `${options.keys.length} keys, schemes ${wrappingSchemes(descriptor).join(", ")}`,
  });
}

/** The JWE packets of a layer, decoded. */
export function readPackets(descriptor: LayerDescriptor): Uint8Array[] {
  const annotation = descriptor.annotations?.[jweAnnotation];
  if (annotation === undefined || annotation === "") {
    const schemes = wrappingSchemes(descriptor);
    if (schemes.length === 0)
      throw new ApocError(ocicryptErrors.WRAPPED_KEY_MISSING, { field: descriptor.digest });
    throw new ApocError(ocicryptErrors.SCHEME_UNSUPPORTED, {
      field: descriptor.digest,
      expected: "jwe",
      actual: schemes.join(", "),
    });
  }
  const texts = annotation.split(",");
  if (texts.length > maxPackets) {
    throw new ApocError(ocicryptErrors.WRAPPED_KEY_INVALID, {
      field: jweAnnotation,
      expected: `at most ${maxPackets} packets`,
      actual: `${texts.length}`,
    });
  }
  return texts.map((text, i) => {
    const packet = fromBase64(text);
    if (packet !== undefined) return packet;
    throw new ApocError(ocicryptErrors.WRAPPED_KEY_INVALID, {
      field: `${jweAnnotation}[${i}]`,
      expected: "base64",
      actual: "other text",
    });
  });
}
