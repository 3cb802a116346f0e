import { ApocError } from "@apoc/errors";
import { encodeCanonicalJson } from "../encode-document.ts";
import { sha256Digest } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import { layerLimit, manifestLimit, parseImageConfig } from "../parse.ts";
import { type Descriptor, type Digest, type Manifest, mediaTypes } from "../spec.ts";
import { parseStrictJson } from "../json-document.ts";
import { type BlobPlace, digestEntry, readEntry, readSmall } from "./archive-entry.ts";
import { refName } from "./index-entries.ts";
import type { TarEntry } from "./tar-index.ts";

/** One image of manifest.json in a docker archive. */
interface DockerImage {
  Config: string;
  RepoTags: string[];
  Layers: string[];
}

export interface ConvertedArchive {
  entries: Descriptor[];
  blobs: Map<Digest, BlobPlace>;
}

/**
 * Presents a docker archive as OCI: the config keeps its bytes and so its digest, each layer keeps its bytes (plain
 * or gzip tar), a manifest is made for each image. Plain layers are checked against their diffID here, since they are
 * hashed anyway; compressed ones when they are decompressed.
 * @throws ARCHIVE_INVALID, DIFF_ID_MISMATCH
 */
export async function convertDockerArchive(
  file: string,
  files: ReadonlyMap<string, TarEntry>,
): Promise<ConvertedArchive> {
  const blobs = new Map<Digest, BlobPlace>();
  const entries: Descriptor[] = [];
  // By place, since many names may be links to one file.
  const described = new Map<number, Descriptor>();
  for (const image of await readImages(file, files)) {
    const config = await readSmall(file, find(file, files, image.Config), image.Config);
    const parsed = parseImageConfig(config, { field: `${file}: ${image.Config}` });
    if (parsed.rootfs.diff_ids.length !== image.Layers.length) {
      throw invalid(file, `${parsed.rootfs.diff_ids.length} layers`, `${image.Layers.length}`);
    }
    const layers: Descriptor[] = [];
    for (const [i, name] of image.Layers.entries()) {
      const entry = find(file, files, name);
      const layer = described.get(entry.start) ?? (await describe(file, entry));
      described.set(entry.start, layer);
      blobs.set(layer.digest, entry);
      const diffId = parsed.rootfs.diff_ids[i];
      if (layer.mediaType === mediaTypes.layerTar && layer.digest !== diffId) {
        throw new ApocError(ociErrors.DIFF_ID_MISMATCH, {
          field: `${file}: ${name}`,
          expected: diffId,
          actual: layer.digest,
        });
      }
      layers.push(layer);
    }
    const configDescriptor = {
      mediaType: mediaTypes.config,
      digest: sha256Digest(config),
      size: config.length,
    };
    const manifest: Manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: configDescriptor,
      layers,
    };
    const bytes = encodeCanonicalJson(manifest);
    const digest = sha256Digest(bytes);
    blobs.set(configDescriptor.digest, config).set(digest, bytes);
    const { os, architecture } = parsed;
    const entry = {
      mediaType: mediaTypes.manifest,
      digest,
      size: bytes.length,
      platform: { os, architecture },
    };
    if (image.RepoTags.length === 0) entries.push(entry);
    for (const tag of image.RepoTags) entries.push({ ...entry, annotations: { [refName]: tag } });
  }
  return { entries, blobs };
}

async function describe(file: string, entry: TarEntry): Promise<Descriptor> {
  let start: Uint8Array = new Uint8Array(0);
  for await (const chunk of readEntry(file, { start: entry.start, size: Math.min(entry.size, 4) }))
    start = chunk;
  const magic = Buffer.from(start).toString("hex");
  const mediaType = magic.startsWith("1f8b")
    ? mediaTypes.layerGzip
    : magic === "28b52ffd"
      ? mediaTypes.layerZstd
      : mediaTypes.layerTar;
  return { mediaType, digest: await digestEntry(file, entry), size: entry.size };
}

async function readImages(file: string, files: ReadonlyMap<string, TarEntry>): Promise<DockerImage[]> {
  const field = `${file}: manifest.json`;
  const bytes = await readSmall(file, find(file, files, "manifest.json"), "manifest.json");
  const images = parseStrictJson(bytes, { field, limit: manifestLimit });
  if (!Array.isArray(images) || images.length === 0) throw invalid(field, "a list of images");
  return images.map((image: Record<string, unknown> | null) => {
    const { Config, RepoTags, Layers } = image ?? {};
    if (typeof Config !== "string" || !isTextList(Layers) || Layers.length > layerLimit) {
      throw invalid(field, "Config and Layers of each image");
    }
    if (RepoTags != null && !isTextList(RepoTags)) throw invalid(field, "RepoTags as a list of text");
    return { Config, Layers, RepoTags: RepoTags ?? [] };
  });
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function find(file: string, files: ReadonlyMap<string, TarEntry>, name: string): TarEntry {
  const entry = files.get(name);
  if (entry === undefined) throw invalid(file, name);
  return entry;
}

function invalid(field: string, expected: string, actual?: string): ApocError {
  return new ApocError(ociErrors.ARCHIVE_INVALID, { field, expected, actual });
}
