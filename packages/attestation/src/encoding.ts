import { ApocError } from "@apoc/errors";
import { attestationErrors } from "./errors.ts";

const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Lower-case hexadecimal of the bytes, without prefix. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** Bytes of lower-case hexadecimal without prefix. Throws `ENCODING` for anything else. */
export function fromHex(text: string, field = "hex"): Uint8Array<ArrayBuffer> {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) {
    throw new ApocError(attestationErrors.ENCODING, { field, expected: "lower-case hexadecimal" });
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Base64 of RFC 4648 section 4, with padding. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/**
 * Bytes of base64 (RFC 4648 section 4). Throws `ENCODING` for missing padding, white space, other alphabets and
 * for non-zero trailing bits, so that every byte string has one text form only.
 */
export function fromBase64(text: string, field = "base64"): Uint8Array<ArrayBuffer> {
  const fail = () => new ApocError(attestationErrors.ENCODING, { field, expected: "base64 with padding" });
  if (!base64Pattern.test(text)) throw fail();
  const binary = atob(text);
  if (btoa(binary) !== text) throw fail();
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Whether two byte strings are equal. Not for secrets: the time depends on the content. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** RFC 3339 UTC time with a resolution of seconds, `2026-01-31T12:00:00Z`; fractions are cut off. */
export function toTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
