/** Makes the error of a reader: what was expected and what was there. */
export type Refusal = (expected: string, actual: string) => Error;

/** Maximum number of bytes of a varint (multiformats unsigned-varint, "Spec"). */
const maxVarintBytes = 9;

/**
 * Reads binary formats from the front. Whatever does not fit is refused with the error of the format that is read, so
 * no length of an input can lead outside it.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #refuse: Refusal;
  #at = 0;

  constructor(bytes: Uint8Array, refuse: Refusal) {
    this.#bytes = bytes;
    this.#refuse = refuse;
  }

  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next bytes, not copied. */
  take(length: number): Uint8Array {
    if (length > this.remaining) throw this.#refuse(`${length} bytes`, `${this.remaining} bytes`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  byte(): number {
    return this.take(1)[0] as number;
  }

  /** Unsigned LEB128 in the fewest bytes, at most 2^53 - 1: one number has one spelling. */
  varint(): number {
    let value = 0;
    for (let count = 1, factor = 1; ; count++, factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw this.#refuse("a number below 2^53", "a larger one");
      if (byte < 0x80) {
        if (byte === 0 && count > 1) throw this.#refuse("a varint in its shortest form", "a longer one");
        return value;
      }
      if (count === maxVarintBytes)
        throw this.#refuse(`a varint of at most ${maxVarintBytes} bytes`, "a longer one");
    }
  }

  /** Bytes after a varint that tells how many. */
  prefixed(): Uint8Array {
    return this.take(this.varint());
  }
}

/** Unsigned LEB128 in the fewest bytes. */
export function encodeVarint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}
