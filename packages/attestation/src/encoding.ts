import { ApocError } from "@apoc/errors";
import { attestationErrors } from "./errors.ts";

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** Value of each base64 character by its code; -1 for what is none. */
const sextets = Int8Array.from({ length: 128 }, (_, code) => alphabet.indexOf(String.fromCharCode(code)));

/** Lower-case hexadecimal of the bytes, without prefix. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexPairs[byte]!;
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
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array(Math.max(Math.floor((text.length * 3) / 4) - padding, 0));
  const sextet = (index: number) => sextets[text.charCodeAt(index)] ?? -1;
  // What is no base64 character is negative, and so is the union with it; what must be zero makes it negative, too.
  let faults = text.length % 4 === 0 ? 0 : -1;
  let offset = 0;
  const whole = padding === 0 ? text.length : text.length - 4;
  for (let index = 0; index + 3 < whole; index += 4) {
    const [a, b, c, d] = [sextet(index), sextet(index + 1), sextet(index + 2), sextet(index + 3)];
    faults |= a | b | c | d;
    bytes[offset] = (a << 2) | (b >> 4);
    bytes[offset + 1] = (b << 4) | (c >> 2);
    bytes[offset + 2] = (c << 6) | d;
    offset += 3;
  }
  if (padding > 0) {
    const [a, b, c] = [sextet(whole), sextet(whole + 1), padding === 2 ? 0 : sextet(whole + 2)];
    const trailing = padding === 2 ? b & 0x0f : c & 0x03;
    faults |= a | b | c | -trailing;
    bytes[offset] = (a << 2) | (b >> 4);
    if (padding === 1) bytes[offset + 1] = (b << 4) | (c >> 2);
  }
  if (faults >= 0) return bytes;
  throw new ApocError(attestationErrors.ENCODING, { field, expected: "base64 with padding" });
}

/** Whether two byte strings are equal. Not for secrets: the time depends on the content. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** RFC 3339 UTC time with a resolution of seconds, `2026-01-31T12:00:00Z`; fractions are cut off. */
export function toTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
