import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { Descriptor, Digest } from "../spec.ts";
import type { Content } from "../target.ts";

/** Pieces below this size are joined, since each that is held is an object: a source may give single bytes. */
const leastPiece = 16 * 1024;
const joinedPiece = 64 * 1024;

/**
 * Content on its way to a registry. It is read as requests take it, and the last bytes are held, so that a broken
 * request can be repeated from where the registry stands.
 */
export class UploadWindow {
  /** Bytes of the content. */
  readonly total: number;
  readonly #digest: Digest;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #held: number;
  readonly #pieces: Uint8Array[] = [];
  /** Offset of the first byte that is held. */
  #start = 0;
  #filled = 0;
  /** Came from the source, but is not in the window yet. */
  #next: Uint8Array | undefined;
  #reading: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** `content` gives exactly the bytes of the descriptor or fails; at least the last `held` of them are held. */
  constructor(content: Content, { digest, size }: Descriptor, held: number) {
    this.#source = content[Symbol.asyncIterator]();
    this.#digest = digest;
    this.total = size;
    this.#held = held;
  }

  /** Offset behind the last byte that has come from the source. */
  get filled(): number {
    return this.#filled;
  }

  /** Throws what the source has thrown: a request that broke by that is not the registry's fault. */
  assertSound(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /**
   * Gives some bytes from an offset on, which must not be behind the end; waits for the source when there are none.
   * @throws UPLOAD_LOST when they are not held any more
   */
  async read(from: number): Promise<Uint8Array> {
    while (this.#filled <= from && from < this.total) {
      this.assertSound();
      // A request that was given up may still be waiting for the same bytes.
      this.#reading ??= this.#fill().finally(() => (this.#reading = undefined));
      await this.#reading;
    }
    let at = this.#start;
    for (const piece of this.#pieces) {
      if (from >= at && from < at + piece.length) return piece.subarray(from - at);
      at += piece.length;
    }
    const actual = `byte ${from} is not held any more`;
    throw this.#fail(new ApocError(ociErrors.UPLOAD_LOST, { field: this.#digest, actual }));
  }

  /** Returns the bytes of a range, joined. */
  async readAll(from: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - from);
    for (let at = from; at < end; ) {
      const piece = (await this.read(at)).subarray(0, end - at);
      bytes.set(piece, at - from);
      at += piece.length;
    }
    return bytes;
  }

  /** Lets the source go, whether it was read to its end or not. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #fail(error: unknown): unknown {
    this.#failure ??= { error };
    return error;
  }

  async #fill(): Promise<void> {
    try {
      const first = await this.#take();
      const piece = first.length < leastPiece ? await this.#join(first) : first;
      while (this.#start + (this.#pieces[0]?.length ?? this.total) <= this.#filled - this.#held) {
        this.#start += this.#pieces.shift()?.length ?? 0;
      }
      this.#pieces.push(piece);
      this.#filled += piece.length;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  async #join(first: Uint8Array): Promise<Uint8Array> {
    const joined = new Uint8Array(Math.min(joinedPiece, this.total - this.#filled));
    let size = 0;
    for (let piece = first; ; piece = await this.#take()) {
      const fitting = piece.subarray(0, joined.length - size);
      joined.set(fitting, size);
      size += fitting.length;
      if (fitting.length < piece.length) this.#next = piece.subarray(fitting.length);
      if (size === joined.length) return joined;
    }
  }

  async #take(): Promise<Uint8Array> {
    const piece = this.#next;
    this.#next = undefined;
    if (piece !== undefined) return piece;
    const next = await this.#source.next();
    if (next.done === true) throw new RangeError("the content ended before its size");
    return next.value;
  }
}
