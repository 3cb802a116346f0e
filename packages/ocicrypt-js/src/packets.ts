import { decodeBase64 } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "./errors.ts";
import { keysAnnotationPrefix, type LayerDescriptor } from "./spec.ts";

/** Most wrapped keys of one scheme in a layer; each costs the reader a private key operation for each key. */
const maxPackets = 64;

type Annotated = Pick<LayerDescriptor, "annotations"> & Partial<Pick<LayerDescriptor, "digest">>;

/** Schemes of containers/ocicrypt that are recognised but not supported, and what helps. */
const foreignSchemes: Record<string, { readonly name: string; readonly keys?: string }> = {
  pkcs7: { name: "PKCS#7", keys: "KEY.pem:CERTIFICATE.pem" },
  pgp: { name: "OpenPGP", keys: "KEYRING" },
  pkcs11: { name: "PKCS#11", keys: "pkcs11:MODULE.yaml" },
  tpm: { name: "TPM" },
  tpm2: { name: "TPM 2.0" },
};

/** The schemes by which a layer's key is wrapped: `jwe`, `pkcs7`, `pgp`, `pkcs11`, `provider.<name>`. */
export function wrappingSchemes(descriptor: Pick<LayerDescriptor, "annotations">): string[] {
  return Object.keys(descriptor.annotations ?? {})
    .filter((name) => name.startsWith(keysAnnotationPrefix))
    .map((name) => name.slice(keysAnnotationPrefix.length));
}

/**
 * The decoded packets of one scheme; none when the layer does not bear it.
 * @throws WRAPPED_KEY_INVALID
 */
export function packetsOf(descriptor: Annotated, scheme: string): Uint8Array[] {
  const annotation = descriptor.annotations?.[keysAnnotationPrefix + scheme];
  if (annotation === undefined || annotation === "") return [];
  const texts = annotation.split(",", maxPackets + 1);
  if (texts.length > maxPackets) {
    throw new ApocError(ocicryptErrors.WRAPPED_KEY_INVALID, {
      field: keysAnnotationPrefix + scheme,
      expected: `at most ${maxPackets} packets`,
      actual: "more",
    });
  }
  return texts.map((text, i) => {
    const packet = decodeBase64(text);
    if (packet !== undefined && packet.length > 0) return packet;
    throw new ApocError(ocicryptErrors.WRAPPED_KEY_INVALID, {
      field: `${keysAnnotationPrefix}${scheme}[${i}]`,
      expected: "base64",
      actual: "other text",
    });
  });
}

/**
 * Says why a layer cannot be unwrapped whose packets are of schemes that were not asked for.
 * @throws WRAPPED_KEY_MISSING, SCHEME_UNSUPPORTED, always one of them
 */
export function refuseSchemes(descriptor: Annotated): never {
  const schemes = wrappingSchemes(descriptor).filter((scheme) => packetsOf(descriptor, scheme).length > 0);
  if (schemes.length === 0) {
    throw new ApocError(ocicryptErrors.WRAPPED_KEY_MISSING, { field: descriptor.digest });
  }
  const provider = schemes.find((scheme) => scheme.startsWith("provider."))?.slice("provider.".length);
  const foreign = schemes.map((scheme) => foreignSchemes[scheme]).find((known) => known !== undefined);
  const name = provider === undefined ? (foreign?.name ?? "an unknown scheme") : `key provider ${provider}`;
  const keys = provider === undefined ? foreign?.keys : `provider:${provider}`;
  throw new ApocError(ocicryptErrors.SCHEME_UNSUPPORTED, {
    field: descriptor.digest,
    expected: "jwe, or a key provider that is given",
    actual: schemes.join(", "),
    detail: `The layer key is wrapped by ${name}; decrypt with a tool that has it, then encrypt to a JWE recipient`,
    ...(keys === undefined ? {} : { next: { action: "decrypt-elsewhere", subject: keys } }),
  });
}

/**
 * Checks that a layer bears wrapped keys that can be read, of JWE or of a key provider.
 * @throws WRAPPED_KEY_MISSING, SCHEME_UNSUPPORTED, WRAPPED_KEY_INVALID
 */
export function checkPackets(descriptor: Annotated): void {
  const usable = wrappingSchemes(descriptor).filter(
    (scheme) => scheme === "jwe" || scheme.startsWith("provider."),
  );
  if (usable.every((scheme) => packetsOf(descriptor, scheme).length === 0)) refuseSchemes(descriptor);
}
