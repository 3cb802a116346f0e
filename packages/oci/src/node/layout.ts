import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ApocError } from "@apoc/errors";
import { encodeCanonicalJson } from "../encode-document.ts";
import { createHasher, isDigest, parseDigest } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import { isIndexType, isManifestType, manifestLimit, parseIndex, parseManifest } from "../parse.ts";
import { readAll } from "../read-all.ts";
import { type Descriptor, type Digest, type Index, mediaTypes } from "../spec.ts";
import { parseStrictJson } from "../json-document.ts";
import type { CallOptions, Content, InterruptedPush, Target } from "../target.ts";
import { verifyContent } from "../verify.ts";
import { readFileContent } from "./file-content.ts";
import { takeFileLock } from "./file-lock.ts";
import { findInIndex, findReferrers, refName } from "./index-entries.ts";
import { PartialBlobs } from "./partial-blobs.ts";

export interface OpenLayoutOptions {
  /** Makes the folder and an empty layout when there is none. */
  create?: boolean;
}

/** An OCI image layout folder (image-spec, image-layout.md). */
export interface Layout extends Target {
  readonly directory: string;
  /** The entries of `index.json`. */
  entries(): Promise<Descriptor[]>;
}

/**
 * Opens an OCI image layout folder. Blobs are written in the folder `.partial` and moved to their place when they are
 * whole and verified, so that a crash leaves no half blob, and what it left there is taken up by the next copy. Several
 * processes may write to one layout.
 * @throws LAYOUT_INVALID
 */
export async function openLayout(directory: string, options: OpenLayoutOptions = {}): Promise<Layout> {
  const marker = join(directory, "oci-layout");
  let text = await readFile(marker).catch(() => undefined);
  if (text === undefined && options.create === true) {
    await withIndexLock(directory, async () => {
      // Another one that made it meanwhile may have listed something already.
      text = await readFile(marker).catch(() => undefined);
      if (text !== undefined) return;
      await mkdir(join(directory, "blobs", "sha256"), { recursive: true });
      await replaceFile(join(directory, "index.json"), encodeCanonicalJson(emptyIndex()));
      text = Buffer.from('{"imageLayoutVersion":"1.0.0"}');
      await replaceFile(marker, text);
    });
  }
  const version = text === undefined ? undefined : parseStrictJson(text, { field: marker, limit: 4096 });
  if ((version as { imageLayoutVersion?: unknown } | undefined)?.imageLayoutVersion !== "1.0.0") {
    throw new ApocError(ociErrors.LAYOUT_INVALID, {
      field: directory,
      expected: 'a file oci-layout with "imageLayoutVersion": "1.0.0"',
    });
  }
  return new LayoutDirectory(directory);
}

class LayoutDirectory implements Layout {
  readonly directory: string;
  readonly #partial: PartialBlobs;

  constructor(directory: string) {
    this.directory = directory;
    this.#partial = new PartialBlobs(join(directory, ".partial"));
  }

  #path(digest: Digest): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.directory, "blobs", algorithm, hex);
  }

  async entries(): Promise<Descriptor[]> {
    return (await this.#index()).manifests;
  }

  async #index(): Promise<Index> {
    const path = join(this.directory, "index.json");
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw new ApocError(ociErrors.LAYOUT_INVALID, { field: path, cause });
    });
    return parseIndex(bytes, { field: path, foreignLayers: "allow" });
  }

  fetch(descriptor: Descriptor, options: CallOptions = {}): Content {
    return verifyContent(descriptor, this.#read(descriptor.digest), options);
  }

  async *#read(digest: Digest): Content {
    const path = this.#path(digest);
    if (!(await isFile(path))) throw new ApocError(ociErrors.NOT_FOUND, { field: digest });
    yield* readFileContent(path);
  }

  async resolve(reference: string): Promise<Descriptor> {
    const { manifests } = await this.#index();
    const listed = findInIndex(manifests, reference);
    if (listed !== undefined) return listed;
    if (isDigest(reference)) {
      const stored = await this.#describe(reference);
      if (stored !== undefined) return stored;
    }
    throw new ApocError(ociErrors.NOT_FOUND, {
      field: `oci:${this.directory}:${reference}`,
      expected:
        manifests.map((entry) => entry.annotations?.[refName] ?? entry.digest).join(", ") || undefined,
    });
  }

  /** A manifest that only another index names. */
  async #describe(digest: Digest): Promise<Descriptor | undefined> {
    const found = await stat(this.#path(digest)).catch(() => undefined);
    if (found === undefined || !found.isFile() || found.size > manifestLimit) return undefined;
    const bytes = await readAll(this, { mediaType: "", digest, size: found.size });
    const document = parseStrictJson(bytes, { field: digest, limit: manifestLimit }) as Record<
      string,
      unknown
    >;
    const guess = "manifests" in document ? mediaTypes.index : mediaTypes.manifest;
    const stated = document["mediaType"];
    return { mediaType: typeof stated === "string" ? stated : guess, digest, size: found.size };
  }

  async referrers(subject: Digest, artifactType?: string): Promise<Descriptor[]> {
    parseDigest(subject);
    return findReferrers(this, await this.entries(), subject, artifactType);
  }

  /** Reads the file: one that was changed on the disk does not count as there, and a push replaces it. */
  async exists(descriptor: Descriptor, { signal }: CallOptions = {}): Promise<boolean> {
    const path = this.#path(descriptor.digest);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() !== true || found.size !== descriptor.size) return false;
    const hasher = createHasher(parseDigest(descriptor.digest).algorithm);
    for await (const chunk of readFileContent(path)) {
      signal?.throwIfAborted();
      hasher.update(chunk);
    }
    return hasher.digest() === descriptor.digest;
  }

  async push(
    descriptor: Descriptor,
    content: Content | Uint8Array,
    options: CallOptions = {},
  ): Promise<void> {
    const path = this.#path(descriptor.digest);
    if (!(await this.exists(descriptor, options))) {
      await mkdir(join(path, ".."), { recursive: true });
      await this.#partial.write(descriptor, content, path);
    }
    if (await this.#hasSubject(descriptor)) await this.#list(descriptor);
  }

  async interrupted(descriptor: Descriptor): Promise<InterruptedPush | undefined> {
    const path = this.#path(descriptor.digest);
    await mkdir(join(path, ".."), { recursive: true });
    return this.#partial.claim(descriptor, path);
  }

  /** What refers to another manifest must be listed in index.json to be found at all. */
  async #hasSubject(descriptor: Descriptor): Promise<boolean> {
    const options = { field: descriptor.digest, foreignLayers: "allow" } as const;
    if (isManifestType(descriptor.mediaType)) {
      return parseManifest(await readAll(this, descriptor), options).subject !== undefined;
    }
    if (!isIndexType(descriptor.mediaType)) return false;
    return parseIndex(await readAll(this, descriptor), options).subject !== undefined;
  }

  async tag(descriptor: Descriptor, reference: string): Promise<void> {
    if (!(await this.exists(descriptor)))
      throw new ApocError(ociErrors.NOT_FOUND, { field: descriptor.digest });
    await this.#list(descriptor, reference);
  }

  async #list({ mediaType, digest, size, platform }: Descriptor, tag?: string): Promise<void> {
    await withIndexLock(this.directory, async () => {
      const index = await this.#index();
      const kept = index.manifests.filter((entry) => {
        const name = entry.annotations?.[refName];
        if (tag !== undefined && name === tag) return false;
        return entry.digest !== digest || (name !== undefined && tag !== undefined);
      });
      const listed = index.manifests.some((entry) => entry.digest === digest);
      if (tag === undefined && listed) return;
      const entry: Descriptor = { mediaType, digest, size, ...(platform === undefined ? {} : { platform }) };
      if (tag !== undefined) entry.annotations = { [refName]: tag };
      const next = encodeCanonicalJson({ ...index, manifests: [...kept, entry] });
      await replaceFile(join(this.directory, "index.json"), next);
    });
  }
}

/** Does `work` while nobody else changes `index.json`. */
async function withIndexLock(directory: string, work: () => Promise<void>): Promise<void> {
  const release = await takeFileLock(join(directory, ".partial", "index.lock"));
  try {
    await work();
  } finally {
    await release();
  }
}

function emptyIndex(): Index {
  return { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** Readers see the old file or the new one, never a part. */
async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(temporary, bytes, { flag: "wx" });
  await rename(temporary, path);
}
