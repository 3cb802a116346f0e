import { type AdmissionImage, protectedBy, type ProtectedDigest } from "@apoc/core";
import type { Fetcher } from "@apoc/oci";
import { assertDistinctLayerKeys, checkEncryptedManifest, type LayerKey, unwrapLayerKey } from "ocicrypt-js";
import type { AdmittedImage } from "../runtime/index.ts";

/**
 * An image that passed all checks, with the keys of its layers where it is licensed, for the runtime that will decrypt
 * it. `protect` is called, and must have stored its entries, before anything is given out that decrypts.
 * @throws what unwrapping a layer key throws; LAYER_REPEATED
 */
export async function openLayerKeys(
  image: AdmissionImage,
  blobs: Fetcher,
  protect: (entries: readonly ProtectedDigest[]) => Promise<void>,
): Promise<AdmittedImage> {
  const { digest, manifest, config } = image;
  if (image.license === undefined) return { digest, manifest, config, blobs };
  const layerKeys = await layerKeysOf(image);
  await protect(protectedBy(image));
  return { digest, manifest, config, blobs, layerKeys };
}

/** Rules beyond admission: no layer twice, by blob or by key (docs/spec/image.md). */
async function layerKeysOf({ manifest, config, imageKey }: AdmissionImage): Promise<readonly LayerKey[]> {
  checkEncryptedManifest(manifest, config);
  const keys = await Promise.all(
    manifest.layers.map((layer) => unwrapLayerKey(layer, { keys: [imageKey!] })),
  );
  assertDistinctLayerKeys(keys);
  return keys;
}
