import { apiErrors } from "@apoc/core";
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { ApocError, isApocError } from "@apoc/errors";
import { type Content, type Descriptor, type Digest, ociErrors, parseDigest, verifyContent } from "@apoc/oci";

/**
 * Blobs by digest below one folder: ciphertext and public content only. What is written is verified before it gets its
 * name, and what is read is verified again, since the disk is not part of the TEE. A crash leaves temporary files,
 * which the next start removes, and never a wrong blob under a digest.
 */
export class ContentStore {
  readonly #folder: string;
  readonly #limit: number;
  /** Blobs that this process has verified as a whole, and so knows the size of. */
  readonly #sound = new Set<string>();
  /** Size of each stored blob. */
  readonly #sizes = new Map<string, number>();
  readonly #pulls = new Map<string, Promise<void>>();
  /** Blobs that must not be evicted, with the number of holders. */
  readonly #pins = new Map<string, number>();
  #total = 0;
  /** Bytes promised to writes that run. */
  #reserved = 0;

  private constructor(folder: string, limit: number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  /** Opens a folder and removes what an interrupted write left. `limit`: bytes of all blobs. */
  static async open(folder: string, limit: number): Promise<ContentStore> {
    const store = new ContentStore(folder, limit);
    await rm(store.#temporary, { recursive: true, force: true });
    await mkdir(store.#temporary, { recursive: true, mode: 0o700 });
    for (const algorithm of ["sha256", "sha512"]) {
      await mkdir(join(folder, algorithm), { recursive: true, mode: 0o700 });
      for (const name of await readdir(join(folder, algorithm))) {
        const { size } = await stat(join(folder, algorithm, name));
        store.#sizes.set(`${algorithm}:${name}`, size);
        store.#total += size;
      }
    }
    return store;
  }

  get totalBytes(): number {
    return this.#total;
  }

  /** Size of a stored blob. */
  size(digest: Digest): number | undefined {
    return this.#sizes.get(digest);
  }

  /**
   * Makes sure that a blob is stored; `fetch` is called only where it is not, and once for any number of callers.
   * A descriptor with another size than that of the stored blob is wrong, since sizes follow from digests.
   * @throws SIZE_MISMATCH, DIGEST_MISMATCH, CONTENT_FULL and what `fetch` throws; nothing is stored then
   */
  async ensure(descriptor: Descriptor, fetch: () => Content | Uint8Array): Promise<void> {
    const { digest } = descriptor;
    for (;;) {
      if (this.#sizes.has(digest)) {
        if (!(await this.#fits(descriptor))) continue;
        const now = new Date();
        await utimes(this.#path(digest), now, now).catch(() => {});
        return;
      }
      const running = this.#pulls.get(digest);
      if (running === undefined) break;
      // The other caller's failure is not ours: with another source the next turn may succeed.
      await running.catch(() => {});
    }
    const pull = this.#write(descriptor, fetch).finally(() => this.#pulls.delete(digest));
    this.#pulls.set(digest, pull);
    await pull;
  }

  /** Reads a blob, verified while reading: the last chunk is withheld until size and digest hold. @throws NOT_FOUND */
  async *fetch(descriptor: Descriptor, options: { signal?: AbortSignal } = {}): Content {
    if (!this.#sizes.has(descriptor.digest)) throw notFound(descriptor.digest);
    // Before reading, and not as a fault of the disk: else a publisher's wrong size would remove others' blobs.
    if (!(await this.#fits(descriptor))) throw notFound(descriptor.digest);
    const stream = createReadStream(this.#path(descriptor.digest), { highWaterMark: 256 * 1024 });
    try {
      yield* verifyContent(descriptor, stream as AsyncIterable<Uint8Array>, { signal: options.signal });
    } catch (error) {
      if (isApocError(error, ociErrors.DIGEST_MISMATCH) || isApocError(error, ociErrors.SIZE_MISMATCH)) {
        await this.#drop(descriptor.digest);
      }
      throw error;
    } finally {
      stream.destroy();
    }
  }

  /** Keeps blobs from being evicted until the answer is called. */
  pin(digests: Iterable<string>): () => void {
    const held = [...digests];
    for (const digest of held) this.#pins.set(digest, (this.#pins.get(digest) ?? 0) + 1);
    return () => {
      for (const digest of held.splice(0)) {
        const left = (this.#pins.get(digest) ?? 1) - 1;
        if (left > 0) this.#pins.set(digest, left);
        else this.#pins.delete(digest);
      }
    };
  }

  /**
   * Whether the stored blob has the size of the descriptor. Where it has not, one of them is wrong: a blob that was
   * damaged on disk is dropped, a wrong descriptor refused.
   */
  async #fits({ digest, size }: Descriptor): Promise<boolean> {
    const stored = this.#sizes.get(digest)!;
    if (stored === size) return true;
    const stream = createReadStream(this.#path(digest), { highWaterMark: 256 * 1024 });
    try {
      if (!this.#sound.has(digest)) {
        for await (const _ of verifyContent({ digest, size: stored }, stream as AsyncIterable<Uint8Array>));
        this.#sound.add(digest);
      }
    } catch {
      await this.#drop(digest);
      return false;
    } finally {
      stream.destroy();
    }
    throw new ApocError(ociErrors.SIZE_MISMATCH, {
      field: digest,
      expected: `${size} bytes`,
      actual: `${stored} bytes`,
    });
  }

  async #write(descriptor: Descriptor, fetch: () => Content | Uint8Array): Promise<void> {
    await this.#makeRoom(descriptor);
    this.#reserved += descriptor.size;
    const temporary = join(this.#temporary, randomBytes(12).toString("hex"));
    try {
      const file = await open(temporary, "wx", 0o600);
      try {
        for await (const chunk of verifyContent(descriptor, fetch())) await file.writeFile(chunk);
        await file.sync();
      } finally {
        await file.close();
      }
      const path = this.#path(descriptor.digest);
      await rename(temporary, path);
      await syncFolder(join(path, ".."));
      this.#sizes.set(descriptor.digest, descriptor.size);
      this.#sound.add(descriptor.digest);
      this.#total += descriptor.size;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      this.#reserved -= descriptor.size;
    }
  }

  /** Evicts what was not used for longest until the blob fits. */
  async #makeRoom(descriptor: Descriptor): Promise<void> {
    const fits = () => this.#total + this.#reserved + descriptor.size <= this.#limit;
    if (fits()) return;
    const candidates: { digest: string; used: number }[] = [];
    for (const digest of this.#sizes.keys()) {
      if (this.#pins.has(digest)) continue;
      const entry = await stat(this.#path(digest)).catch(() => undefined);
      candidates.push({ digest, used: entry?.mtimeMs ?? 0 });
    }
    candidates.sort((a, b) => a.used - b.used);
    for (const { digest } of candidates) {
      if (fits()) return;
      if (!this.#pins.has(digest)) await this.#drop(digest);
    }
    if (!fits()) {
      throw new ApocError(apiErrors.CONTENT_FULL, {
        field: descriptor.digest,
        expected: `at most ${this.#limit} bytes in all`,
        actual: `${this.#total + this.#reserved + descriptor.size} bytes`,
      });
    }
  }

  async #drop(digest: string): Promise<void> {
    const size = this.#sizes.get(digest);
    if (size === undefined) return;
    this.#sizes.delete(digest);
    this.#sound.delete(digest);
    this.#total -= size;
    await rm(this.#path(digest), { force: true });
  }

  get #temporary(): string {
    return join(this.#folder, "incoming");
  }

  #path(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.#folder, algorithm, hex);
  }
}

function notFound(digest: Digest): ApocError {
  return new ApocError(ociErrors.NOT_FOUND, { field: digest });
}

/** A rename is lasting once its folder is synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
