import { toHex } from "./encoding.ts";

/** One DER element: its tag byte, its content, and all its bytes. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array<ArrayBuffer>;
  /** Identifier, length and content, as they were: what a signature covers. */
  readonly raw: Uint8Array<ArrayBuffer>;
}

/** The bytes are not strict DER. Internal: parsers of certificates and revocation lists map it to their code. */
export class DerError extends Error {}

/** Universal tags (X.690 section 8), with the constructed bit where DER sets it. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** An element within bytes; its parts are made when they are asked for, since most elements are only passed over. */
class Element implements DerElement {
  readonly tag: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #start: number;
  readonly #contentStart: number;
  readonly #end: number;

  constructor(tag: number, bytes: Uint8Array<ArrayBuffer>, start: number, contentStart: number, end: number) {
    this.tag = tag;
    this.#bytes = bytes;
    this.#start = start;
    this.#contentStart = contentStart;
    this.#end = end;
  }

  get content(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(this.#contentStart, this.#end);
  }

  get raw(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(this.#start, this.#end);
  }
}

/**
 * Reader over the elements of one constructed DER value (X.690, distinguished encoding rules): low tag numbers,
 * definite minimal lengths, nothing after the end. Every method throws {@link DerError} on anything else.
 */
export class DerReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #offset: number;
  readonly #end: number;

  /** Reads from `start` until before `end`; all of the bytes unless given. */
  constructor(bytes: Uint8Array<ArrayBuffer>, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  /** Whether all elements have been read. */
  get done(): boolean {
    return this.#offset === this.#end;
  }

  /** Tag of the next element, or `undefined` at the end. */
  peek(): number | undefined {
    return this.done ? undefined : this.#bytes[this.#offset];
  }

  /** The next element; it must bear this tag. */
  next(tag?: number): DerElement {
    const start = this.#offset;
    const found = this.#identifier(tag);
    const length = this.#length();
    const contentStart = this.#offset;
    this.#offset = this.#endOf(contentStart, length);
    return new Element(found, this.#bytes, start, contentStart, this.#offset);
  }

  /** The next element if it bears this tag; otherwise nothing is read. */
  optional(tag: number): DerElement | undefined {
    return this.peek() === tag ? this.next(tag) : undefined;
  }

  /** Reader over the content of the next element, which must bear this tag. */
  enter(tag: number = tags.sequence): DerReader {
    this.#identifier(tag);
    const length = this.#length();
    const start = this.#offset;
    this.#offset = this.#endOf(start, length);
    return new DerReader(this.#bytes, start, this.#offset);
  }

  /** Fails unless all elements have been read. */
  end(): void {
    if (!this.done) throw new DerError("bytes after the end");
  }

  #identifier(tag: number | undefined): number {
    const found = this.#byte();
    if ((found & 0x1f) === 0x1f) throw new DerError("high tag numbers are not used here");
    if (tag !== undefined && found !== tag)
      throw new DerError(`tag 0x${found.toString(16)}, not 0x${tag.toString(16)}`);
    return found;
  }

  #endOf(start: number, length: number): number {
    if (start + length > this.#end) throw new DerError("an element is longer than its parent");
    return start + length;
  }

  #byte(): number {
    const byte = this.peek();
    if (byte === undefined) throw new DerError("the bytes end early");
    this.#offset += 1;
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 3) throw new DerError("indefinite or oversized length");
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerError("length is not minimal");
    return length;
  }
}

/** Reader over the one SEQUENCE that these bytes are, on a copy that nobody else can change. */
export function readSequence(bytes: Uint8Array): DerReader {
  const outer = new DerReader(new Uint8Array(bytes));
  const inner = outer.enter(tags.sequence);
  outer.end();
  return inner;
}

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

/** A UTCTime (1950 to 2049) or GeneralizedTime in the forms that RFC 5280 section 4.1.2.5 permits. */
export function readTime({ tag, content }: DerElement): Date {
  const digits = tag === tags.utcTime ? 12 : tag === tags.generalizedTime ? 14 : 0;
  if (digits === 0 || content.length !== digits + 1 || content[digits] !== 0x5a)
    throw new DerError("not a time in UTC");
  const pair = (index: number) => {
    const [high, low] = [content[index]! - 0x30, content[index + 1]! - 0x30];
    if (high < 0 || high > 9 || low < 0 || low > 9) throw new DerError("not a time in UTC");
    return high * 10 + low;
  };
  const short = pair(digits - 12);
  const year = digits === 14 ? pair(0) * 100 + short : short + (short < 50 ? 2000 : 1900);
  const [month, day] = [pair(digits - 10), pair(digits - 8)];
  const [hour, minute, second] = [pair(digits - 6), pair(digits - 4), pair(digits - 2)];
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const same =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  // February 30 would be March 2.
  if (!same) throw new DerError("no such time");
  return date;
}
