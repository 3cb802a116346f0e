import { open } from "node:fs/promises";
import { ApocError } from "@apoc/errors";
import { createHasher, isDigest, parseDigest } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import { manifestLimit, parseIndex } from "../parse.ts";
import type { Descriptor, Digest } from "../spec.ts";
import type { Content, Source } from "../target.ts";
import { verifyContent } from "../verify.ts";
import { convertDockerArchive } from "./docker-archive.ts";
import { readFileContent } from "./file-content.ts";
import { findInIndex, findReferrers } from "./index-entries.ts";
import { readTarIndex, type TarEntry } from "./tar-index.ts";

/** An archive file read in place; nothing is extracted. */
export interface Archive extends Source {
  readonly format: "oci" | "docker";
  /** What the archive holds at its top; tags are in `org.opencontainers.image.ref.name`. */
  readonly entries: readonly Descriptor[];
}

/** Where the bytes of a digest lie: a range of the file, or memory for what the conversion made. */
export type BlobPlace = TarEntry | Uint8Array;

/** Bytes of an archive's file. */
export async function* readEntry(file: string, place: BlobPlace): Content {
  if (place instanceof Uint8Array) yield place.slice();
  else if (place.size > 0) yield* readFileContent(file, { start: place.start, length: place.size });
}

/**
 * Opens an OCI archive (a tar of an image layout) or a docker archive (`docker save`, `podman save`), which is
 * presented as OCI: its layers keep their bytes, the manifest is made here.
 * @throws ARCHIVE_INVALID, ARCHIVE_COMPRESSED, ARCHIVE_UNSAFE
 */
export async function openArchive(file: string): Promise<Archive> {
  await refuseCompressed(file);
  const files = await readTarIndex(file);
  const index = files.get("index.json");
  if (files.has("oci-layout") && index !== undefined) {
    const { manifests } = parseIndex(await readSmall(file, index, "index.json"), {
      field: `${file}: index.json`,
      foreignLayers: "allow",
    });
    const blobs = new Map<Digest, BlobPlace>();
    for (const [name, entry] of files) {
      const match = /^blobs\/(sha256|sha512)\/([0-9a-f]+)$/.exec(name);
      const digest = `${match?.[1]}:${match?.[2]}`;
      if (isDigest(digest)) blobs.set(digest, entry);
    }
    return new ArchiveFile(file, "oci", manifests, blobs);
  }
  if (files.has("manifest.json")) {
    const converted = await convertDockerArchive(file, files);
    return new ArchiveFile(file, "docker", converted.entries, converted.blobs);
  }
  throw new ApocError(ociErrors.ARCHIVE_INVALID, {
    field: file,
    expected: "oci-layout and index.json, or manifest.json",
  });
}

/** Reads one small file of an archive into memory. */
export async function readSmall(file: string, entry: TarEntry, name: string): Promise<Uint8Array> {
  if (entry.size > 2 * manifestLimit) {
    throw new ApocError(ociErrors.DOCUMENT_TOO_LARGE, {
      field: `${file}: ${name}`,
      expected: `at most ${2 * manifestLimit} bytes`,
      actual: `${entry.size} bytes`,
    });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of readEntry(file, entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Digest of a range of the archive's file. */
export async function digestEntry(file: string, entry: TarEntry): Promise<Digest> {
  const hasher = createHasher();
  for await (const chunk of readEntry(file, entry)) hasher.update(chunk);
  return hasher.digest();
}

async function refuseCompressed(file: string): Promise<void> {
  const handle = await open(file, "r").catch((cause: unknown) => {
    throw new ApocError(ociErrors.NOT_FOUND, { field: file, cause });
  });
  const start = Buffer.alloc(6);
  try {
    await handle.read(start, 0, start.length, 0);
  } finally {
    await handle.close();
  }
  const magic = start.toString("hex");
  const tool = magic.startsWith("1f8b")
    ? "gunzip -k"
    : magic.startsWith("28b52ffd")
      ? "zstd -dk"
      : magic.startsWith("fd377a585a00")
        ? "unxz -k"
        : undefined;
  if (tool !== undefined)
    throw new ApocError(ociErrors.ARCHIVE_COMPRESSED, { field: file, hint: `${tool} ${file}` });
}

class ArchiveFile implements Archive {
  readonly format: "oci" | "docker";
  readonly entries: readonly Descriptor[];
  readonly #file: string;
  readonly #blobs: ReadonlyMap<Digest, BlobPlace>;

  constructor(
    file: string,
    format: "oci" | "docker",
    entries: readonly Descriptor[],
    blobs: ReadonlyMap<Digest, BlobPlace>,
  ) {
    this.#file = file;
    this.format = format;
    this.entries = entries;
    this.#blobs = blobs;
  }

  async *fetch(descriptor: Descriptor, options: { signal?: AbortSignal } = {}): Content {
    const place = this.#blobs.get(descriptor.digest);
    if (place === undefined) throw new ApocError(ociErrors.NOT_FOUND, { field: descriptor.digest });
    yield* verifyContent(descriptor, readEntry(this.#file, place), { signal: options.signal });
  }

  async resolve(reference: string): Promise<Descriptor> {
    const found = findInIndex(this.entries, reference);
    if (found !== undefined) return found;
    throw new ApocError(ociErrors.NOT_FOUND, { field: `${this.#file}:${reference}` });
  }

  async referrers(subject: Digest, artifactType?: string): Promise<Descriptor[]> {
    parseDigest(subject);
    return findReferrers(this, this.entries, subject, artifactType);
  }
}
