/** Bytes that are not laid out as they must be. Internal: the check that parses reports it under its own code. */
export class LayoutError extends Error {}

/** Reads little-endian fields in order. Every method throws {@link LayoutError} when the bytes end early. */
export class ByteReader {
  #offset = 0;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** How many bytes have been read. */
  get offset(): number {
    return this.#offset;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  /** Exactly this many bytes; never fewer, as `subarray` alone would give. */
  take(size: number): Uint8Array<ArrayBuffer> {
    if (size > this.left) throw new LayoutError(`the bytes end ${size - this.left} too early`);
    const start = this.#offset;
    this.#offset += size;
    return this.#bytes.subarray(start, this.#offset);
  }

  /** Reader over the next bytes. */
  enter(size: number): ByteReader {
    return new ByteReader(this.take(size));
  }

  /** Unsigned 8 bits. */
  u8(): number {
    return this.take(1)[0]!;
  }

  /** Unsigned 16 bits. */
  u16(): number {
    const [low, high] = this.take(2);
    return low! | (high! << 8);
  }

  /** Unsigned 32 bits. */
  u32(): number {
    return this.u16() + this.u16() * 0x1_0000;
  }

  /** The next unsigned 32 bits, which stay unread. */
  peekU32(): number {
    return new ByteReader(this.#bytes.subarray(this.#offset)).u32();
  }

  /** Fails unless everything has been read. */
  end(): void {
    if (this.left > 0) throw new LayoutError(`${this.left} bytes after the end`);
  }
}
