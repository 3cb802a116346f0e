import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Content, createHasher, type Digest, type Hasher, parseDigest } from "@apoc/oci";
import { readFileContent } from "@apoc/oci/node";

/** Content by digest, whatever repository it belongs to. */
export interface BlobStore {
  create(): Promise<BlobWriter>;
  /** Size in bytes, or `undefined` when it is not there. */
  size(digest: Digest): Promise<number | undefined>;
  read(digest: Digest, range?: { start: number; length: number }): Content;
  delete(digest: Digest): Promise<void>;
}

/** Content while it arrives. */
export interface BlobWriter {
  /** Bytes so far. */
  readonly size: number;
  write(chunk: Uint8Array): Promise<void>;
  /** Stores the content under its digest, or tells that it has another one; then the content is gone. */
  commit(digest: Digest): Promise<boolean>;
  discard(): Promise<void>;
}

/** Blobs in memory. */
export class MemoryBlobs implements BlobStore {
  readonly #blobs = new Map<Digest, Uint8Array>();

  async create(): Promise<BlobWriter> {
    const chunks: Uint8Array[] = [];
    const blobs = this.#blobs;
    let size = 0;
    return {
      get size() {
        return size;
      },
      async write(chunk) {
        chunks.push(Uint8Array.from(chunk));
        size += chunk.length;
      },
      async commit(digest) {
        const hasher = createHasher(parseDigest(digest).algorithm);
        for (const chunk of chunks) hasher.update(chunk);
        if (hasher.digest() !== digest) return false;
        blobs.set(digest, Buffer.concat(chunks));
        return true;
      },
      async discard() {
        chunks.length = 0;
      },
    };
  }

  async size(digest: Digest): Promise<number | undefined> {
    return this.#blobs.get(digest)?.length;
  }

  async *read(digest: Digest, range?: { start: number; length: number }): Content {
    const bytes = this.#blobs.get(digest) ?? new Uint8Array(0);
    yield range === undefined ? bytes : bytes.subarray(range.start, range.start + range.length);
  }

  async delete(digest: Digest): Promise<void> {
    this.#blobs.delete(digest);
  }
}

/** Blobs in a folder: `blobs/<algorithm>/<hex>`, written below `uploads/` and renamed when they are whole. */
export class DirectoryBlobs implements BlobStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(directory: string): Promise<DirectoryBlobs> {
    // What an earlier process had not finished cannot be continued: its sessions are gone.
    await rm(join(directory, "uploads"), { recursive: true, force: true });
    for (const folder of ["uploads", "blobs/sha256", "blobs/sha512"]) {
      await mkdir(join(directory, folder), { recursive: true });
    }
    return new DirectoryBlobs(directory);
  }

  async create(): Promise<BlobWriter> {
    const path = join(this.#directory, "uploads", randomUUID());
    return new FileWriter(path, await open(path, "wx"), (digest) => this.#path(digest));
  }

  async size(digest: Digest): Promise<number | undefined> {
    return (await stat(this.#path(digest)).catch(() => undefined))?.size;
  }

  read(digest: Digest, range?: { start: number; length: number }): Content {
    return readFileContent(this.#path(digest), range);
  }

  async delete(digest: Digest): Promise<void> {
    await rm(this.#path(digest), { force: true });
  }

  #path(digest: Digest): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.#directory, "blobs", algorithm, hex);
  }
}

class FileWriter implements BlobWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #place: (digest: Digest) => string;
  /** Nearly all digests are SHA-256: it is computed as the bytes pass, another one is computed at the end. */
  readonly #hasher: Hasher = createHasher("sha256");
  #size = 0;

  constructor(path: string, file: FileHandle, place: (digest: Digest) => string) {
    this.#path = path;
    this.#file = file;
    this.#place = place;
  }

  get size(): number {
    return this.#size;
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      at += (await this.#file.write(chunk, at, chunk.length - at, this.#size + at)).bytesWritten;
    }
    this.#hasher.update(chunk);
    this.#size += chunk.length;
  }

  async commit(digest: Digest): Promise<boolean> {
    await this.#file.close();
    let actual: Digest;
    if (digest.startsWith("sha256:")) actual = this.#hasher.digest();
    else {
      const hasher = createHasher(parseDigest(digest).algorithm);
      for await (const chunk of readFileContent(this.#path)) hasher.update(chunk);
      actual = hasher.digest();
    }
    if (actual === digest) await rename(this.#path, this.#place(digest));
    else await rm(this.#path, { force: true });
    return actual === digest;
  }

  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#path, { force: true });
  }
}
