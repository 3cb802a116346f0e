import type { AdmissionImage, OpenedImage } from "@apoc/core";
import type { Fetcher } from "@apoc/oci";
import { assertDistinctLayerKeys, checkEncryptedManifest, type LayerKey, unwrapLayerKey } from "ocicrypt-js";
import type { AdmittedImage } from "../runtime/index.ts";

/**
 * An image that passed all checks, with the keys of its layers where it is licensed, for the runtime that will decrypt
 * it.
 * @throws what unwrapping a layer key throws; LAYER_REPEATED
 */
export async function openLayerKeys(image: AdmissionImage, blobs: Fetcher): Promise<AdmittedImage> {
  const { digest, manifest, config } = image;
  if (image.license === undefined) return { digest, manifest, config, blobs };
  return { digest, manifest, config, blobs, layerKeys: await layerKeysOf(image) };
}

/** Rules beyond admission: no layer twice, by blob or by key (docs/spec/image.md). */
async function layerKeysOf({ manifest, config, imageKey }: OpenedImage): Promise<readonly LayerKey[]> {
  checkEncryptedManifest(manifest, config);
  const keys = await Promise.all(manifest.layers.map((layer) => unwrapLayerKey(layer, { keys: [imageKey] })));
  assertDistinctLayerKeys(keys);
  return keys;
}
