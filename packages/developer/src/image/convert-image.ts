import {
  type Descriptor,
  encodeCanonicalJson,
  type Index,
  isIndexType,
  type Manifest,
  mediaTypes,
  parseIndex,
  readAll,
  sha256Digest,
  type Source,
  type Target,
  type WantedPlatform,
} from "@apoc/oci";
import { type ReadImage, readImage } from "./read-image.ts";

/** Makes the layers of the new image and pushes them. */
export type ConvertLayers = (image: ReadImage) => Promise<readonly Descriptor[]>;

export interface ConvertOptions {
  /** Which image of an index; or all of them, which gives an index again. */
  readonly platform?: WantedPlatform | "all" | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Annotations that say where an image lay, which is another place now. */
const dropped = ["org.opencontainers.image.ref.name", "io.containerd.image.name"];

/**
 * Writes an image again with other layers: the config stays byte for byte, annotations stay, except those of layers,
 * which `layers` decides on. Of an index only images are taken; attestations of a builder speak of the old digests.
 * @returns the new manifest's or index's descriptor; it is pushed, not tagged
 */
export async function convertImage(
  source: Source,
  reference: string,
  target: Target,
  layers: ConvertLayers,
  options: ConvertOptions = {},
): Promise<Descriptor> {
  const { platform, signal } = options;
  const root = await source.resolve(reference);
  if (platform !== "all" || !isIndexType(root.mediaType)) {
    const wanted = platform === "all" ? undefined : platform;
    return convertManifest(await readImage(source, root.digest, wanted, signal), target, layers, source);
  }
  const index = parseIndex(await readAll(source, root), { field: root.digest });
  const manifests: Descriptor[] = [];
  for (const entry of index.manifests) {
    if (entry.platform === undefined || entry.platform.os === "unknown") continue;
    const image = await readImage(source, entry.digest, entry.platform, signal);
    manifests.push({ ...(await convertManifest(image, target, layers, source)), platform: entry.platform });
  }
  const next: Index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  return store(target, mediaTypes.index, { ...next, ...kept(index.annotations) });
}

async function convertManifest(
  image: ReadImage,
  target: Target,
  convert: ConvertLayers,
  source: Source,
): Promise<Descriptor> {
  const layers = await convert(image);
  const config = { ...image.manifest.config, mediaType: mediaTypes.config };
  if (!(await target.exists(config))) await target.push(config, source.fetch(image.manifest.config));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: config.mediaType, digest: config.digest, size: config.size },
    layers: layers.map(({ mediaType, digest, size, annotations }) => ({
      mediaType,
      digest,
      size,
      ...(annotations === undefined ? {} : { annotations }),
    })),
  };
  return store(target, mediaTypes.manifest, { ...manifest, ...kept(image.manifest.annotations) });
}

function kept(annotations: Readonly<Record<string, string>> = {}): {
  annotations?: Record<string, string>;
} {
  const left = Object.entries(annotations).filter(([name]) => !dropped.includes(name));
  return left.length === 0 ? {} : { annotations: Object.fromEntries(left) };
}

async function store(target: Target, mediaType: string, document: Manifest | Index): Promise<Descriptor> {
  const bytes = encodeCanonicalJson(document);
  const descriptor = { mediaType, digest: sha256Digest(bytes), size: bytes.length };
  await target.push(descriptor, bytes);
  return descriptor;
}
