import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import type { Content } from "../target.ts";
import type { TarEntry } from "./tar-index.ts";

const block = 512;

/**
 * Writes a tar file (POSIX ustar, GNU base-256 sizes from 8 GiB on) entry by entry; an entry's size need not be known
 * before. Owner, time and mode are constant, so equal contents give equal archives. The file bears a temporary name
 * until `finish`; content that fails to arrive whole leaves no trace.
 */
export class TarWriter {
  /** Where the bytes are until `finish`. */
  readonly temporary: string;
  readonly #path: string;
  readonly #file: FileHandle;
  #end = 0;
  /** Entries follow one another in the file, so they are written one at a time. */
  #queue: Promise<unknown> = Promise.resolve();

  static async create(path: string): Promise<TarWriter> {
    const temporary = `${path}.${randomBytes(6).toString("hex")}.part`;
    return new TarWriter(path, temporary, await open(temporary, "wx"));
  }

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path;
    this.temporary = temporary;
    this.#file = file;
  }

  /** Appends a file; `name` has at most 100 bytes. Resolves to the place of its bytes. */
  append(name: string, content: Content | Uint8Array): Promise<TarEntry> {
    const appended = this.#queue.then(() => this.#append(name, content));
    this.#queue = appended.catch(() => undefined);
    return appended;
  }

  async #append(name: string, content: Content | Uint8Array): Promise<TarEntry> {
    const start = this.#end + block;
    let size = 0;
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      await this.#write(chunk, start + size);
      size += chunk.length;
    }
    await this.#write(Buffer.alloc(-size & (block - 1)), start + size);
    await this.#write(header(name, size), this.#end);
    // Only now does the entry count: what a broken one left behind is written over.
    this.#end = start + Math.ceil(size / block) * block;
    return { start, size };
  }

  /** Ends the archive and gives it its name; replaces a file of that name. */
  async finish(): Promise<void> {
    await this.#queue;
    await this.#write(Buffer.alloc(2 * block), this.#end);
    await this.#file.truncate(this.#end + 2 * block);
    await this.#file.sync();
    await this.#file.close();
    await rename(this.temporary, this.#path);
  }

  /** Ends without an archive. */
  async discard(): Promise<void> {
    await this.#queue;
    await this.#file.close().catch(() => undefined);
    await rm(this.temporary, { force: true });
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      at += (await this.#file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
    }
  }
}

function header(name: string, size: number): Buffer {
  const bytes = Buffer.alloc(block);
  if (bytes.write(name, 0, 100, "utf8") !== Buffer.byteLength(name)) throw new RangeError(`name: ${name}`);
  bytes.write("0000644\0", 100);
  bytes.write("0000000\0", 108);
  bytes.write("0000000\0", 116);
  if (size < 8 ** 11) bytes.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  else {
    bytes[124] = 0x80;
    bytes.writeBigUInt64BE(BigInt(size), 128);
  }
  bytes.write(`${"0".repeat(11)}\0`, 136);
  bytes.write("        ", 148);
  bytes.write("0", 156);
  bytes.write("ustar\x0000", 257, "latin1");
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}
