import { canonicalJson } from "@apoc/encoding";

const encoder = new TextEncoder();

/**
 * Encodes a document so that equal documents give equal bytes (RFC 8785); `undefined` members are left out. Registries
 * and runtimes keep bytes as they are, so this only fixes what is written here: documents of others, too, whose lone
 * surrogates stay what they were.
 */
export function encodeCanonicalJson(value: unknown): Uint8Array {
  return encoder.encode(canonicalJson(value, { loneSurrogates: "escape" }));
}
