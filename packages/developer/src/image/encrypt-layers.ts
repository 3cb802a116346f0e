import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Descriptor, Digest, Source, Target } from "@apoc/oci";
import { layerCompression, normalizeLayer, readFileContent, writeFileContent } from "@apoc/oci/node";
import { type EncryptedLayer, encryptLayer, type WrapOptions } from "ocicrypt-js";
import type { ReadImage } from "./read-image.ts";

/** How much has been done: bytes of ciphertext, encrypted and then pushed. */
export interface LayerProgress {
  encrypted(bytes: number): void;
  pushed(bytes: number): void;
}

/** Layers in work at a time: one is encrypted while another one is pushed. */
const concurrency = 2;

/**
 * Makes every layer gzip, encrypts it with a key of its own and pushes it. Only ciphertext touches the disk, in a
 * folder of mode 0700 that is gone afterwards; memory does not grow with the layers.
 */
export async function encryptLayers(
  { source, image }: { readonly source: Source; readonly image: ReadImage },
  target: Target,
  wrap: WrapOptions,
  options: { readonly signal?: AbortSignal; readonly progress?: LayerProgress } = {},
): Promise<EncryptedLayer[]> {
  const folder = await mkdtemp(join(tmpdir(), "apoc-publish-"));
  const layers: EncryptedLayer[] = [];
  const queue = [...image.manifest.layers.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, layer] = next;
      const diffId = image.config.rootfs.diff_ids[index] as Digest;
      const path = join(folder, String(index));
      try {
        const encrypted = await encryptToFile(source, layer, diffId, path, wrap, options.signal);
        options.progress?.encrypted(encrypted.size);
        await target.push(encrypted, readFileContent(path));
        options.progress?.pushed(encrypted.size);
        layers[index] = encrypted;
      } catch (error) {
        queue.length = 0;
        throw error;
      } finally {
        await rm(path, { force: true });
      }
    }
  };
  try {
    const outcomes = await Promise.allSettled(Array.from({ length: concurrency }, worker));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    return layers;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function encryptToFile(
  source: Source,
  layer: Descriptor,
  diffId: Digest,
  path: string,
  wrap: WrapOptions,
  signal: AbortSignal | undefined,
): Promise<EncryptedLayer> {
  const content = source.fetch(layer, signal === undefined ? {} : { signal });
  const normalized = normalizeLayer(layer, content, diffId, { signal });
  // Gzip layers stay byte for byte, so their digest is known beforehand.
  const known = layerCompression(layer.mediaType) === "gzip" ? { digest: layer.digest } : {};
  const encryption = encryptLayer({ mediaType: gzipLayerType, ...known }, normalized.content, {
    ...wrap,
    signal,
  });
  await writeFileContent(path, encryption.content);
  return encryption.result();
}

const gzipLayerType = "application/vnd.oci.image.layer.v1.tar+gzip";
