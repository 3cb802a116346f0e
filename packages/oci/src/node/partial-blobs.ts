import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { isApocError } from "@apoc/errors";
import { parseDigest } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import type { Descriptor, Digest } from "../spec.ts";
import type { Content, InterruptedPush } from "../target.ts";
import { verifyContent } from "../verify.ts";
import { readFileContent, writeFileContent } from "./file-content.ts";

/** A shorter part is not worth to be kept, in bytes. */
const worthKeeping = 1024 * 1024;
const host = hostname().replace(/[^A-Za-z0-9-]/g, "_");

/**
 * Blobs while they are written, in a folder beside the blobs of a layout, so that what is under a digest is always
 * whole. A file bears digest, host and process of its writer: `sha256-<hex>.<host>.<pid>.<random>`. What a dead process
 * left may be taken over, and what a living one gave up (`<hex>.left.0.<random>`).
 */
export class PartialBlobs {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Writes content to a file of its own, verified, and moves it to its place when it is whole. */
  async write(descriptor: Descriptor, content: Content | Uint8Array, place: string): Promise<void> {
    const path = await this.#create(descriptor.digest);
    await this.#keepOnFailure(descriptor, path, async () => {
      await writeFileContent(path, verifyContent(descriptor, content));
    });
    await rename(path, place);
    await this.#clear(descriptor.digest);
  }

  /** Takes over a part of the content that nobody writes any more. */
  async claim(descriptor: Descriptor, place: string): Promise<InterruptedPush | undefined> {
    for (const name of await this.#abandoned(descriptor.digest)) {
      const path = await this.#create(descriptor.digest);
      // Of several that try, one moves it.
      const taken = await rename(join(this.#directory, name), path).then(
        () => true,
        () => false,
      );
      if (!taken) continue;
      const { size } = await stat(path);
      if (size > 0 && size < descriptor.size) return this.#interrupted(descriptor, path, size, place);
      await rm(path, { force: true });
    }
    return undefined;
  }

  #interrupted(descriptor: Descriptor, path: string, size: number, place: string): InterruptedPush {
    const part = { size, read: () => readFileContent(path, { length: size }) };
    return {
      size,
      finish: async (source, { signal, onBytes } = {}) => {
        await this.#keepOnFailure(descriptor, path, async () => {
          const rest = counted(source.fetchRest(descriptor, part, { signal }), onBytes);
          const whole = verifyContent(descriptor, joined(part.read(), rest), { signal });
          await writeFileContent(path, after(whole, size), size);
        });
        await rename(path, place);
        await this.#clear(descriptor.digest);
      },
      discard: () => rm(path, { force: true }),
    };
  }

  /** Keeps a part for later when its source broke; wrong bytes are of no use to anybody. */
  async #keepOnFailure({ digest }: Descriptor, path: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      const wrong = [ociErrors.DIGEST_MISMATCH, ociErrors.SIZE_MISMATCH].some((of) => isApocError(error, of));
      const size = (await stat(path).catch(() => undefined))?.size ?? 0;
      if (wrong || size < worthKeeping) await rm(path, { force: true });
      else await rename(path, join(this.#directory, `${stem(digest)}.left.0.${random()}`));
      throw error;
    }
  }

  async #create(digest: Digest): Promise<string> {
    await mkdir(this.#directory, { recursive: true });
    return join(this.#directory, `${stem(digest)}.${host}.${process.pid}.${random()}`);
  }

  async #clear(digest: Digest): Promise<void> {
    for (const name of await this.#abandoned(digest)) await rm(join(this.#directory, name), { force: true });
  }

  async #abandoned(digest: Digest): Promise<string[]> {
    const names = await readdir(this.#directory).catch(() => []);
    return names.filter((name) => {
      const [start, writer, pid] = name.split(".");
      if (start !== stem(digest)) return false;
      return writer === "left" || (writer === host && !isAlive(Number(pid)));
    });
  }
}

function stem(digest: Digest): string {
  const { algorithm, hex } = parseDigest(digest);
  return `${algorithm}-${hex}`;
}

function random(): string {
  return randomBytes(6).toString("hex");
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

async function* counted(content: Content, onBytes: ((count: number) => void) | undefined): Content {
  for await (const chunk of content) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}

async function* joined(first: Content, second: Content): Content {
  yield* first;
  yield* second;
}

async function* after(content: Content, start: number): Content {
  let skip = start;
  for await (const chunk of content) {
    const wanted = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - wanted.length;
    if (wanted.length > 0) yield wanted;
  }
}
