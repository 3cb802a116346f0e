import { ApocError } from "@apoc/errors";
import {
  configLimit,
  type Descriptor,
  type ImageConfig,
  type Manifest,
  parseImageConfig,
  parseManifest,
  readAll,
  resolvePlatform,
  type Source,
  type WantedPlatform,
} from "@apoc/oci";
import { isEncryptedLayerType } from "ocicrypt-js";
import { developerErrors } from "../errors.ts";

/** One platform's image: manifest and config are read and verified, layers are not. */
export interface ReadImage {
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** The config byte for byte. */
  readonly configBytes: Uint8Array;
}

/** What is taken of an index when nothing else is asked for. */
export const usualPlatform: WantedPlatform = { os: "linux", architecture: "amd64" };

/**
 * Reads manifest and config of one platform; an index is resolved, for linux/amd64 unless a platform is given. An image
 * that is not of the platform that was given is refused.
 * @throws PLATFORM_NOT_FOUND, IMAGE_STRUCTURE
 */
export async function readImage(
  source: Source,
  reference: string,
  platform?: WantedPlatform,
  signal?: AbortSignal,
): Promise<ReadImage> {
  const options = signal === undefined ? {} : { signal };
  const descriptor = await resolvePlatform(
    source,
    await source.resolve(reference),
    platform ?? usualPlatform,
  );
  const manifest = parseManifest(await readAll(source, descriptor, options), { field: descriptor.digest });
  const configBytes = await readAll(source, manifest.config, { ...options, limit: configLimit });
  const config = parseImageConfig(configBytes, { field: manifest.config.digest });
  if (
    platform !== undefined &&
    (config.os !== platform.os || config.architecture !== platform.architecture)
  ) {
    throw new ApocError(developerErrors.IMAGE_STRUCTURE, {
      field: descriptor.digest,
      expected: `an image of ${platform.os}/${platform.architecture}`,
      actual: `${config.os}/${config.architecture}`,
      next: { action: "choose-platform", subject: `${config.os}/${config.architecture}` },
    });
  }
  const { length } = config.rootfs.diff_ids;
  if (manifest.layers.length !== length || length === 0) {
    throw new ApocError(developerErrors.IMAGE_STRUCTURE, {
      field: descriptor.digest,
      expected: length === 0 ? "at least one layer" : `${length} layers, as in the config`,
      actual: `${manifest.layers.length} layers`,
    });
  }
  return { descriptor, manifest, config, configBytes };
}

/** Refuses to encrypt twice. Throws IMAGE_ENCRYPTED. */
export function assertPlain({ descriptor, manifest }: ReadImage): void {
  const layer = manifest.layers.find(({ mediaType }) => isEncryptedLayerType(mediaType));
  if (layer === undefined) return;
  throw new ApocError(developerErrors.IMAGE_ENCRYPTED, {
    field: descriptor.digest,
    expected: "plain layers",
    actual: layer.mediaType,
    detail: "Publish the original image; a new license needs new keys.",
  });
}
