import { open } from "node:fs/promises";
import { ApocError } from "@apoc/errors";
import { isDigest, parseDigest } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import { parseIndex } from "../parse.ts";
import type { Descriptor, Digest } from "../spec.ts";
import type { CallOptions, Content, Source } from "../target.ts";
import { verifyContent } from "../verify.ts";
import { type BlobPlace, readEntry, readSmall } from "./archive-entry.ts";
import { convertDockerArchive } from "./docker-archive.ts";
import { findInIndex, findReferrers } from "./index-entries.ts";
import { readTarIndex } from "./tar-index.ts";

/** An archive file read in place; nothing is extracted. */
export interface Archive extends Source {
  readonly format: "oci" | "docker";
  /** What the archive holds at its top; tags are in `org.opencontainers.image.ref.name`. */
  readonly entries: readonly Descriptor[];
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
  const action = magic.startsWith("1f8b")
    ? "decompress-gzip"
    : magic.startsWith("28b52ffd")
      ? "decompress-zstd"
      : magic.startsWith("fd377a585a00")
        ? "decompress-xz"
        : undefined;
  if (action !== undefined) {
    throw new ApocError(ociErrors.ARCHIVE_COMPRESSED, { field: file, next: { action, subject: file } });
  }
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

  fetch(descriptor: Descriptor, options: CallOptions = {}): Content {
    return verifyContent(descriptor, this.#read(descriptor.digest), options);
  }

  async *#read(digest: Digest): Content {
    const place = this.#blobs.get(digest);
    if (place === undefined) throw new ApocError(ociErrors.NOT_FOUND, { field: digest });
    yield* readEntry(this.#file, place);
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
