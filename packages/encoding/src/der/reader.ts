import { DerError } from "./der-error.ts";
import { tags } from "./tags.ts";

/** One DER element: its tag byte, its content, and all its bytes. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array<ArrayBuffer>;
  /** Identifier, length and content, as they were: what a signature covers. */
  readonly raw: Uint8Array<ArrayBuffer>;
}

/** An element within bytes; its parts are made on demand, since most elements are skipped. */
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

  /** Reads from `start` until before `end`; default: all of the bytes. */
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

/** The elements that lie one after the other in these bytes, which are not copied. */
export function readElements(bytes: Uint8Array<ArrayBuffer>): DerElement[] {
  const reader = new DerReader(bytes);
  const elements: DerElement[] = [];
  while (!reader.done) elements.push(reader.next());
  return elements;
}
