import { base64 } from "@scure/base";
import canonicalize from "canonicalize";

/** Standard, padded base64, as in all our JSON documents. */
export function toBase64(bytes: Uint8Array): string {
  return base64.encode(bytes);
}

/** Strict inverse of {@link toBase64}; throws on anything else. */
export function fromBase64(text: string): Uint8Array {
  return base64.decode(text);
}

/** Canonical JSON of RFC 8785: equal documents have equal texts, and so equal hashes. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("value has no JSON form");
  return text;
}
