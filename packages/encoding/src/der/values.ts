import { toHex } from "../hex.ts";
import { DerError } from "./der-error.ts";
import type { DerElement } from "./reader.ts";

/** Content of an INTEGER that is not negative and minimal, as lower-case hexadecimal of an even number of digits. */
export function readSerial(element: DerElement): string {
  return toHex(unsignedInteger(element));
}

/** An INTEGER or ENUMERATED from 0 to 2^31 - 1. */
export function readSmallInteger(element: DerElement): number {
  const bytes = unsignedInteger(element);
  if (bytes.length > 4 || (bytes.length === 4 && bytes[0]! >= 0x80)) throw new DerError("integer too large");
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/** Magnitude of an INTEGER that is not negative: without the sign byte; zero is one zero byte. */
export function unsignedInteger({ content }: DerElement): Uint8Array<ArrayBuffer> {
  const [first, second] = content;
  if (first === undefined || first >= 0x80) throw new DerError("integer is empty or negative");
  if (first !== 0 || second === undefined) return content;
  if (second < 0x80) throw new DerError("integer is not minimal");
  return content.subarray(1);
}

/** Content of a BIT STRING without unused bits. */
export function readBitString({ content }: DerElement): Uint8Array<ArrayBuffer> {
  if (content[0] !== 0) throw new DerError("bit string with unused bits");
  return content.subarray(1);
}

/** A BOOLEAN; DER knows 0x00 and 0xff only. */
export function readBoolean({ content }: DerElement): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
    throw new DerError("not a DER boolean");
  return content[0] === 0xff;
}

/** An OBJECT IDENTIFIER in dotted form. */
export function readOid({ content }: DerElement): string {
  if (content.length === 0 || content.length > 32)
    throw new DerError("object identifier of an unusual length");
  let text = "";
  let arc = 0;
  let fresh = true;
  for (const byte of content) {
    if (fresh && byte === 0x80) throw new DerError("object identifier is not minimal");
    arc = arc * 128 + (byte & 0x7f);
    if (arc > 0x7fffffff) throw new DerError("object identifier with an oversized arc");
    fresh = byte < 0x80;
    if (!fresh) continue;
    // The first number holds two arcs.
    if (text !== "") text += `.${arc}`;
    else if (arc < 80) text = `${arc < 40 ? 0 : 1}.${arc % 40}`;
    else text = `2.${arc - 80}`;
    arc = 0;
  }
  if (!fresh) throw new DerError("object identifier ends early");
  return text;
}
