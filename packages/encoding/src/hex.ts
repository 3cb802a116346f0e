import { EncodingError } from "./encoding-error.ts";

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hexadecimal of the bytes, without prefix. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexPairs[byte]!;
  return text;
}

/** Bytes of foreign lower-case hexadecimal without prefix; `undefined` for anything else. */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** {@link decodeHex} of text that was checked before. @throws EncodingError */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeHex(text);
  if (bytes === undefined) throw new EncodingError("lower-case hexadecimal");
  return bytes;
}
