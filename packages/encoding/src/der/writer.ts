import { concatBytes } from "../bytes.ts";
import { tags } from "./tags.ts";

const encoder = new TextEncoder();

/** One element: tag, minimal length, content. Content is at most 2^24 - 1 bytes. */
export function element(tag: number, ...content: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = content.reduce((sum, { length }) => sum + length, 0);
  const length =
    size < 0x80
      ? [size]
      : size < 0x100
        ? [0x81, size]
        : size < 0x10000
          ? [0x82, size >> 8, size & 0xff]
          : [0x83, size >> 16, (size >> 8) & 0xff, size & 0xff];
  return concatBytes([tag], length, ...content);
}

/** A SEQUENCE of encoded elements. */
export function sequence(...items: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return element(tags.sequence, ...items);
}

/** An OCTET STRING. */
export function octetString(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return element(tags.octetString, bytes);
}

/** A BIT STRING. */
export function bitString(bytes: Uint8Array, unused = 0): Uint8Array<ArrayBuffer> {
  return element(tags.bitString, Uint8Array.of(unused), bytes);
}

/** A BOOLEAN. */
export function boolean(value: boolean): Uint8Array<ArrayBuffer> {
  return element(tags.boolean, Uint8Array.of(value ? 255 : 0));
}

/** A UTF8String. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return element(tags.utf8String, encoder.encode(text));
}

/** An INTEGER from its magnitude, big-endian; leading zeros are dropped. */
export function unsigned(magnitude: Uint8Array): Uint8Array<ArrayBuffer> {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const bytes = magnitude.subarray(start);
  return element(tags.integer, Uint8Array.from((bytes[0] ?? 0x80) >= 0x80 ? [0] : []), bytes);
}

/** An INTEGER from 0 to 2^48. */
export function integer(value: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (let left = value; left > 0 || bytes.length === 0; left = Math.floor(left / 256))
    bytes.unshift(left % 256);
  return unsigned(Uint8Array.from(bytes));
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array<ArrayBuffer> {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift(128 + (left % 128));
    return digits;
  });
  return element(tags.oid, Uint8Array.from(bytes));
}

/** A UTCTime. */
export function utcTime(date: Date): Uint8Array<ArrayBuffer> {
  return element(
    tags.utcTime,
    encoder.encode(`${date.toISOString().slice(2, 19).replaceAll(/[-:T]/g, "")}Z`),
  );
}
