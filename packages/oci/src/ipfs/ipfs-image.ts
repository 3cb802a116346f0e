import { ApocError } from "@apoc/errors";
import { createHasher, isDigest, parseDigest } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import { isIndexType, isManifestType, manifestLimit, parseIndex, parseManifest } from "../parse.ts";
import { readAll } from "../read-all.ts";
import { isTag } from "../reference.ts";
import { referrerDescriptor } from "../referrers.ts";
import { type Descriptor, type Digest, mediaTypes } from "../spec.ts";
import { parseStrictJson } from "../json-document.ts";
import type { Content, Source } from "../target.ts";
import { verifyContent } from "../verify.ts";
import type { BlockSource } from "./blocks.ts";
import type { Cid } from "./cid.ts";
import { type DirectoryLink, readDirectory } from "./unixfs-directory.ts";
import { readUnixFsFile, statedFileSize } from "./unixfs-file.ts";

/** What an image in IPFS consists of: names to files. */
export interface ImageFolders {
  /** `manifests/<tag>` and `manifests/<digest>` */
  readonly manifests: Map<string, DirectoryLink>;
  /** `blobs/<digest>` */
  readonly blobs: Map<string, DirectoryLink>;
}

/** What ends one call. */
export interface Ending {
  signal?: AbortSignal | undefined;
}

export interface IpfsImageOptions {
  readonly blocks: BlockSource;
  readonly root: Cid;
  /** Folders that lead from the root to the image. */
  readonly path?: readonly string[] | undefined;
  /** Ends all reading. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Images in a UnixFS directory of the layout that IPDR has: `manifests/{tag,sha256:…}` and `blobs/sha256:…`. Every block
 * is checked against its CID, every file against the digest that it is asked for by.
 */
export class IpfsImage implements Source {
  readonly blocks: BlockSource;
  readonly #options: IpfsImageOptions;
  #folders: Promise<ImageFolders> | undefined;

  constructor(options: IpfsImageOptions) {
    this.blocks = options.blocks;
    this.#options = options;
  }

  /** Lists the two folders; read once. @throws IPFS_IMAGE_INVALID, IPFS_DIRECTORY_INVALID and what the blocks' place throws */
  folders(): Promise<ImageFolders> {
    this.#folders ??= readFolders(this.#options).catch((error: unknown) => {
      // A gateway that was away may be back at the next call.
      this.#folders = undefined;
      throw error;
    });
    return this.#folders;
  }

  async *fetch(descriptor: Descriptor, options: Ending = {}): Content {
    const { mediaType, digest, size } = descriptor;
    parseDigest(digest);
    const { manifests, blobs } = await this.folders();
    const isDocument = isManifestType(mediaType) || isIndexType(mediaType);
    const link = (isDocument ? manifests : blobs).get(digest);
    if (link === undefined) throw notFound(digest);
    const signal = this.#signal(options.signal);
    const content = readUnixFsFile(this.blocks, link.cid, size, { field: digest, signal });
    yield* verifyContent(descriptor, content, { signal });
  }

  /** Finds a manifest by tag or digest; its bytes are read to tell what it is. @throws NOT_FOUND, REFERENCE_INVALID… */
  async resolve(reference: string, options: Ending = {}): Promise<Descriptor> {
    if (!isDigest(reference) && !isTag(reference)) {
      throw new ApocError(ociErrors.REFERENCE_INVALID, { field: reference, expected: "a tag or digest" });
    }
    const { manifests } = await this.folders();
    const link = manifests.get(reference);
    if (link === undefined) throw notFound(reference, tagsOf(manifests));
    const bytes = await this.#readManifest(reference, link.cid, options);
    const hasher = createHasher(isDigest(reference) ? parseDigest(reference).algorithm : "sha256");
    hasher.update(bytes);
    const digest = hasher.digest();
    if (isDigest(reference) && digest !== reference) {
      throw new ApocError(ociErrors.DIGEST_MISMATCH, {
        field: reference,
        expected: reference,
        actual: digest,
      });
    }
    return { mediaType: manifestMediaType(bytes, reference), digest, size: bytes.length };
  }

  /**
   * What is meant where neither tag nor digest is given: `latest`, or the only tag, or the only manifest.
   * @throws TAG_AMBIGUOUS, NOT_FOUND
   */
  async defaultReference(): Promise<string> {
    const { manifests } = await this.folders();
    const tags = tagsOf(manifests);
    if (tags.includes("latest")) return "latest";
    const names = tags.length > 0 ? tags : [...manifests.keys()];
    const meant = new Set(names.map((name) => manifests.get(name)!.cid.toString()));
    const field = `ipfs://${this.#options.root.toString()}`;
    if (names[0] !== undefined && meant.size === 1) return names[0];
    if (names.length === 0) throw notFound(field);
    throw new ApocError(ociErrors.TAG_AMBIGUOUS, {
      field,
      expected: `${field}:TAG of ${names.slice(0, 20).join(", ")}`,
    });
  }

  async referrers(subject: Digest, artifactType?: string, options: Ending = {}): Promise<Descriptor[]> {
    parseDigest(subject);
    const found: Descriptor[] = [];
    for (const name of (await this.folders()).manifests.keys()) {
      if (!isDigest(name)) continue;
      const descriptor = await this.resolve(name, options);
      const reading = { field: name, foreignLayers: "allow" } as const;
      const bytes = await readAll(this, descriptor);
      const document = isIndexType(descriptor.mediaType)
        ? parseIndex(bytes, reading)
        : parseManifest(bytes, reading);
      if (document.subject?.digest !== subject) continue;
      const entry = referrerDescriptor(descriptor, document);
      if (artifactType === undefined || entry.artifactType === artifactType) found.push(entry);
    }
    return found;
  }

  async #readManifest(name: string, cid: Cid, options: Ending): Promise<Uint8Array> {
    const signal = this.#signal(options.signal);
    const size = statedFileSize(cid, await this.blocks.get(cid, { signal }), name);
    if (size > manifestLimit) {
      throw new ApocError(ociErrors.DOCUMENT_TOO_LARGE, {
        field: name,
        expected: `at most ${manifestLimit} bytes`,
        actual: `${size} bytes`,
      });
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    for await (const chunk of readUnixFsFile(this.blocks, cid, size, { field: name, signal })) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  #signal(signal: AbortSignal | undefined): AbortSignal | undefined {
    const all = [this.#options.signal, signal].filter((one) => one !== undefined);
    return all.length > 1 ? AbortSignal.any(all) : all[0];
  }
}

async function readFolders({ blocks, root, path = [], signal }: IpfsImageOptions): Promise<ImageFolders> {
  let field = `ipfs://${root.toString()}`;
  let folder = root;
  let entries = await readDirectory(blocks, folder, { field, signal });
  const enter = async (name: string) => {
    const link = entries.get(name);
    field += `/${name}`;
    if (link === undefined) throw notFound(field, [...entries.keys()]);
    folder = link.cid;
    entries = await readDirectory(blocks, folder, { field, signal });
  };
  for (const name of path) await enter(name);
  const [manifests, blobs] = ["manifests", "blobs"].map((name) => entries.get(name));
  if (manifests === undefined || blobs === undefined) {
    throw new ApocError(ociErrors.IPFS_IMAGE_INVALID, {
      field,
      expected: "folders manifests and blobs",
      actual: [...entries.keys()].slice(0, 10).join(", ") || "nothing",
    });
  }
  return {
    manifests: await readDirectory(blocks, manifests.cid, { field: `${field}/manifests`, signal }),
    blobs: await readDirectory(blocks, blobs.cid, { field: `${field}/blobs`, signal }),
  };
}

/** What a manifest says that it is, or is by its members: the layout stores no media types. */
function manifestMediaType(bytes: Uint8Array, field: string): string {
  const document = parseStrictJson(bytes, { field, limit: manifestLimit });
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new ApocError(ociErrors.DOCUMENT_INVALID, { field, expected: "a manifest or index" });
  }
  const stated = (document as { mediaType?: unknown }).mediaType;
  if (typeof stated === "string") return stated;
  return "manifests" in document ? mediaTypes.index : mediaTypes.manifest;
}

function tagsOf(manifests: ReadonlyMap<string, DirectoryLink>): string[] {
  return [...manifests.keys()].filter((name) => !isDigest(name));
}

function notFound(field: string, there: readonly string[] = []): ApocError {
  return new ApocError(ociErrors.NOT_FOUND, { field, expected: there.slice(0, 20).join(", ") || undefined });
}
