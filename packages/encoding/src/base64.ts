import { EncodingError } from "./encoding-error.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** Value of each base64 character by its code; -1 for every other character. */
const sextets = Int8Array.from({ length: 128 }, (_, code) => alphabet.indexOf(String.fromCharCode(code)));
/** Most arguments of one call of `String.fromCharCode`. */
const chunk = 8192;

/** Base64 of RFC 4648, section 4, with padding. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += chunk)
    text += String.fromCharCode(...bytes.subarray(at, at + chunk));
  return btoa(text);
}

/**
 * Bytes of foreign base64 (RFC 4648, section 4). `undefined` for missing padding, white space, other alphabets and
 * non-zero trailing bits, so that every byte string has exactly one text.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array(Math.max(Math.floor((text.length * 3) / 4) - padding, 0));
  const sextet = (index: number) => sextets[text.charCodeAt(index)] ?? -1;
  // A character outside the alphabet is negative, and so is its union with others. What must be zero is negated.
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
  return faults >= 0 ? bytes : undefined;
}

/** Base64url without padding (RFC 7515, section 2). */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Bytes of foreign base64url without padding; `undefined` for anything that {@link toBase64Url} would not write. */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (/[^A-Za-z0-9_-]/.test(text)) return undefined;
  const standard = text.replaceAll("-", "+").replaceAll("_", "/");
  return decodeBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, "="));
}

/** {@link decodeBase64} of text that was checked before. @throws EncodingError */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new EncodingError("base64 with padding");
  return bytes;
}

/** {@link decodeBase64Url} of text that was checked before. @throws EncodingError */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64Url(text);
  if (bytes === undefined) throw new EncodingError("base64url without padding");
  return bytes;
}
