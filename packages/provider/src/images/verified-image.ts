import { type AdmissionImage, protectedBy, type ProtectedDigest } from "@apoc/core";
import { configLimit, type Descriptor, type Digest, readAll } from "@apoc/oci";
import {
  assertDistinctLayerKeys,
  checkEncryptedManifest,
  decryptedMediaType,
  decryptLayer,
  type LayerKey,
  unwrapLayerKey,
} from "ocicrypt-js";
import type { VerifiedImage } from "../runtime/runtime.ts";
import type { ContentStore } from "./content-store.ts";
import { verifyDiffId } from "./verify-diff-id.ts";

/**
 * An admitted image as a runtime is fed it. Layers come from the content store, verified again; those of a licensed
 * image are decrypted on the way (no byte of plaintext before size, digest and HMAC hold) and compared with the
 * diffIDs of the config before their end is given out. Plaintext exists in memory and in the engine only.
 *
 * `protect` is called, and must have stored its entries, before this function gives out anything that decrypts.
 */
export async function buildVerifiedImage(
  image: AdmissionImage,
  store: ContentStore,
  protect: (entries: readonly ProtectedDigest[]) => Promise<void>,
): Promise<VerifiedImage> {
  const { manifest, config: parsedConfig } = image;
  const config = await readAll(store, manifest.config, { limit: configLimit });
  const diffIds = parsedConfig.rootfs.diff_ids;
  const keys = image.license === undefined ? undefined : await layerKeys(image);
  if (keys !== undefined) await protect(protectedBy(image));
  const layers = manifest.layers.map((layer, index) => {
    const diffId = diffIds[index] as Digest;
    const layerKey = keys?.[index];
    if (layerKey === undefined) {
      const descriptor: Descriptor = { mediaType: layer.mediaType, digest: layer.digest, size: layer.size };
      return { descriptor, open: () => verifyDiffId(descriptor, store.fetch(layer), diffId) };
    }
    // Size is kept by counter mode; the digest of the plain blob is not known beforehand, so the diffID names it.
    const mediaType = decryptedMediaType(layer.mediaType)!;
    const descriptor: Descriptor = { mediaType, digest: diffId, size: layer.size };
    const open = () => decryptLayer(layer, () => store.fetch(layer), { layerKey });
    return { descriptor, open: () => verifyDiffId(descriptor, open(), diffId) };
  });
  return { digest: image.digest, config, parsedConfig, layers };
}

/** Rules beyond admission: no layer twice, by blob or by key (docs/spec/image.md). */
async function layerKeys({ manifest, config, imageKey }: AdmissionImage): Promise<LayerKey[]> {
  checkEncryptedManifest(manifest, config);
  const keys = await Promise.all(
    manifest.layers.map((layer) => unwrapLayerKey(layer, { keys: [imageKey!] })),
  );
  assertDistinctLayerKeys(keys);
  return keys;
}
