import { canonicalJson, toHex } from "@apoc/encoding";
import { sha256 } from "@noble/hashes/sha2.js";

const encoder = new TextEncoder();

/** Lower-case hexadecimal SHA-256 of the canonical JSON (RFC 8785) of a value. */
export function canonicalDigest(value: unknown): string {
  return toHex(sha256(encoder.encode(canonicalJson(value))));
}
