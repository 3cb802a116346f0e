import {
  configLimit,
  type Descriptor,
  type ImageConfig,
  isIndexType,
  type Manifest,
  mediaTypes,
  parseImageConfig,
  parseIndex,
  parseManifest,
  readAll,
  type Source,
} from "@apoc/oci";
import { annotationPrefix, isEncryptedLayerType, wrappingSchemes } from "ocicrypt-js";

/** What one layer is, without its bytes. */
export interface DescribedLayer {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  readonly encrypted: boolean;
  /** How its key is wrapped, such as `jwe` or `provider.name`. */
  readonly schemes: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** One platform's image. */
export interface DescribedImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly platform: string;
  readonly config: string;
  readonly command: readonly string[];
  readonly layers: readonly DescribedLayer[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a name refers to: one image, or an index of several, with everything else in the index. */
export interface DescribedRoot {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly images: readonly DescribedImage[];
  readonly others: readonly { readonly digest: string; readonly mediaType: string }[];
}

const configTypes: readonly string[] = [mediaTypes.config, mediaTypes.dockerConfig];

/** Reads manifests and configs, no layers. Manifests that are no images, such as attestations, are listed as others. */
export async function describeImage(
  source: Source,
  reference: string,
  signal?: AbortSignal,
): Promise<DescribedRoot> {
  const options = signal === undefined ? {} : { signal };
  const root = await source.resolve(reference);
  const images: DescribedImage[] = [];
  const others: { digest: string; mediaType: string }[] = [];
  const entries = isIndexType(root.mediaType)
    ? parseIndex(await readAll(source, root, options), { field: root.digest, foreignLayers: "allow" })
        .manifests
    : [root];
  for (const entry of entries) {
    if (isIndexType(entry.mediaType) || entry.platform?.os === "unknown") others.push(entry);
    else {
      const bytes = await readAll(source, entry, options);
      const manifest = parseManifest(bytes, { field: entry.digest, foreignLayers: "allow" });
      // Artifacts have a config of their own kind, or none.
      if (!configTypes.includes(manifest.config.mediaType)) others.push(entry);
      else {
        const config = await readAll(source, manifest.config, { ...options, limit: configLimit });
        images.push(describe(entry, manifest, parseImageConfig(config, { field: manifest.config.digest })));
      }
    }
  }
  const { digest, mediaType, size } = root;
  return { digest, mediaType, size, images, others: others.map((other) => pick(other)) };
}

function pick({ digest, mediaType }: { digest: string; mediaType: string }) {
  return { digest, mediaType };
}

function describe(
  { digest, mediaType }: Descriptor,
  manifest: Manifest,
  config: ImageConfig,
): DescribedImage {
  const { os, architecture, variant } = config;
  return {
    digest,
    mediaType,
    platform: [os, architecture, ...(variant === undefined ? [] : [variant])].join("/"),
    config: manifest.config.digest,
    command: [...(config.config?.Entrypoint ?? []), ...(config.config?.Cmd ?? [])],
    layers: manifest.layers.map((layer) => ({
      digest: layer.digest,
      size: layer.size,
      mediaType: layer.mediaType,
      encrypted: isEncryptedLayerType(layer.mediaType),
      schemes: wrappingSchemes(layer),
      annotations: Object.fromEntries(
        Object.entries(layer.annotations ?? {}).filter(([name]) => !name.startsWith(annotationPrefix)),
      ),
    })),
    annotations: manifest.annotations ?? {},
  };
}
