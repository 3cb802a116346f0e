import { sha256 } from "@noble/hashes/sha2.js";
import { toHex } from "./encoding.ts";

const encoder = new TextEncoder();

/**
 * JSON canonicalisation scheme (RFC 8785): members sorted by UTF-16 code units, no white space. Throws `TypeError`
 * for values outside I-JSON (RFC 7493): lone surrogates, numbers that are not finite, `undefined`, `bigint`.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonicalJson(item)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${members.map(([name, member]) => `${canonicalJson(name)}:${canonicalJson(member)}`).join(",")}}`;
  }
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new TypeError("a lone surrogate has no canonical form");
    return JSON.stringify(value);
  }
  if (value === null || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) {
    return JSON.stringify(value);
  }
  throw new TypeError(`${typeof value} has no canonical form`);
}

/**
 * Whether every text of a value, names of members included, has bytes of its own: no lone surrogate (RFC 7493, section
 * 2.1). What is read from outside is asked before it is used, so that its digest can be taken.
 */
export function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (Array.isArray(value)) return value.every(isWellFormed);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isWellFormed(member));
}

/** Lower-case hexadecimal SHA-256 of the canonical JSON of a value. */
export function canonicalDigest(value: unknown): string {
  return toHex(sha256(encoder.encode(canonicalJson(value))));
}
