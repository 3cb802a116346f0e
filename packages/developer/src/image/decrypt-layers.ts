import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Descriptor, Digest, Source, Target } from "@apoc/oci";
import { readFileContent, writeFileContent } from "@apoc/oci/node";
import { annotationPrefix, decryptedMediaType, type UnwrapOptions } from "ocicrypt-js";
import { decryptLayerFile } from "ocicrypt-js/node";
import type { ReadImage } from "./read-image.ts";

/**
 * Decrypts every encrypted layer of an image and pushes it as it was before encryption, when digest, HMAC and diffID
 * hold. Plain layers are copied. Plain bytes lie for a while in a folder of mode 0700.
 * @returns descriptors without the annotations of the encryption
 */
export async function decryptLayers(
  { source, image }: { readonly source: Source; readonly image: ReadImage },
  target: Target,
  keys: UnwrapOptions,
  options: { readonly signal?: AbortSignal; readonly done?: (bytes: number) => void } = {},
): Promise<Descriptor[]> {
  const { signal } = options;
  const folder = await mkdtemp(join(tmpdir(), "apoc-decrypt-"));
  const decrypt = async (layer: Descriptor, diffId: Digest): Promise<Descriptor> => {
    const [ciphertext, plain] = [join(folder, "encrypted"), join(folder, "plain")];
    await writeFileContent(ciphertext, source.fetch(layer, signal === undefined ? {} : { signal }));
    const layerOnly = await decryptLayerFile(layer, ciphertext, plain, { ...keys, signal, diffId });
    const decrypted: Descriptor = { ...layerOnly, ...otherAnnotations(layer) };
    if (!(await target.exists(decrypted))) await target.push(decrypted, readFileContent(plain));
    await Promise.all([rm(ciphertext), rm(plain)]);
    return decrypted;
  };
  try {
    const layers: Descriptor[] = [];
    for (const [index, layer] of image.manifest.layers.entries()) {
      if (decryptedMediaType(layer.mediaType) !== undefined) {
        layers.push(await decrypt(layer, image.config.rootfs.diff_ids[index] as Digest));
      } else {
        if (!(await target.exists(layer))) {
          await target.push(layer, source.fetch(layer, signal === undefined ? {} : { signal }));
        }
        layers.push(layer);
      }
      options.done?.(layer.size);
    }
    return layers;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function otherAnnotations({ annotations = {} }: Descriptor): { annotations?: Record<string, string> } {
  const left = Object.entries(annotations).filter(([name]) => !name.startsWith(annotationPrefix));
  return left.length === 0 ? {} : { annotations: Object.fromEntries(left) };
}
