import { ApocError } from "@apoc/errors";
import { type Descriptor, type Digest, sha256Digest } from "@apoc/oci";
import { decryptLayer } from "ocicrypt-js";
import { concat } from "viem";
import { admissionErrors } from "../../errors.ts";
import type { ImageKey } from "../../grant/grant.ts";
import type { AdmissionImage } from "../images.ts";
import type { Blobs } from "./images.ts";

/** What the served blobs of an image yield. Layers of the scene are not compressed. */
export function contentDigests(image: AdmissionImage, blobs: Blobs): Promise<Digest[]> {
  return Promise.all(
    image.manifest.layers.map(async (layer) => {
      const blob = blobs.get(layer.digest);
      if (blob === undefined) {
        throw new ApocError(admissionErrors.IMAGE_UNAVAILABLE, { field: layer.digest });
      }
      return sha256Digest(image.license === undefined ? blob : await decrypted(layer, blob, image.imageKey));
    }),
  );
}

async function decrypted(layer: Descriptor, blob: Uint8Array, key: ImageKey): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decryptLayer(layer, () => once(blob), { keys: [key] })) chunks.push(chunk);
  return concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
