import {
  configLimit,
  type Content,
  type Descriptor,
  type Digest,
  type ImageConfig,
  readAll,
} from "@apoc/oci";
import { decryptedMediaType, decryptLayer } from "ocicrypt-js";
import { verifyDiffId } from "../../images/index.ts";
import type { AdmittedImage } from "../index.ts";

/** An image as an engine loads it. Plaintext of a licensed image exists only in memory and in the engine. */
export interface LoadableImage {
  /** Exact bytes of the image config; its sha256 is the config digest. */
  readonly config: Uint8Array;
  readonly parsedConfig: ImageConfig;
  /** Gzip or plain tar layers in order. `open` may be called more than once. */
  readonly layers: readonly { readonly descriptor: Descriptor; open(): Content }[];
}

/**
 * Opens an image for an engine. Layers are verified while they are read; those of a licensed image are decrypted (no
 * byte of plaintext before size, digest and HMAC are verified). The last bytes of a layer are released only if it has the
 * diffID of the config.
 */
export async function openImage(image: AdmittedImage): Promise<LoadableImage> {
  const { manifest, config: parsedConfig, blobs, layerKeys } = image;
  const config = await readAll(blobs, manifest.config, { limit: configLimit });
  const diffIds = parsedConfig.rootfs.diff_ids;
  const layers = manifest.layers.map((layer, index) => {
    const diffId = diffIds[index] as Digest;
    const { size } = layer;
    if (layerKeys === undefined) {
      const descriptor: Descriptor = { mediaType: layer.mediaType, digest: layer.digest, size };
      return { descriptor, open: () => verifyDiffId(descriptor, blobs.fetch(layer), diffId) };
    }
    // Size is kept by counter mode; the digest of the plain blob is not known beforehand, so the diffID names it.
    const descriptor: Descriptor = { mediaType: decryptedMediaType(layer.mediaType)!, digest: diffId, size };
    const decrypted = () => decryptLayer(layer, () => blobs.fetch(layer), { layerKey: layerKeys[index]! });
    return { descriptor, open: () => verifyDiffId(descriptor, decrypted(), diffId) };
  });
  return { config, parsedConfig, layers };
}
