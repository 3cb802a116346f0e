import { createHash } from "node:crypto";
import type { AdmissionImage } from "@apoc/core";
import type { Content, Descriptor, Digest } from "@apoc/oci";
import { decryptedMediaType, decryptLayer } from "ocicrypt-js";
import type { ContentStore } from "./content-store.ts";
import type { ImagePuller } from "./image-puller.ts";
import { plainDigest } from "./plain-digest.ts";

/** Images whose digests are kept in memory. */
const maxKept = 4096;

/**
 * What the blobs of an image yield: the digests that admission compares with the diffIDs of its config. Blobs do not
 * change under their digests, so each image is read once and its digests are kept, in memory only: the disk is not part
 * of the TEE.
 */
export class ContentDigests {
  readonly #store: ContentStore;
  readonly #puller: Pick<ImagePuller, "pullBlobs">;
  readonly #kept = new Map<string, Promise<readonly Digest[]>>();

  constructor(store: ContentStore, puller: Pick<ImagePuller, "pullBlobs">) {
    this.#store = store;
    this.#puller = puller;
  }

  /** @throws IMAGE_UNAVAILABLE, IMAGE_DIGEST, CONTENT_TOO_LARGE, COMPRESSION_INVALID and the codes of decryption */
  async of(image: AdmissionImage): Promise<readonly Digest[]> {
    // What was read once may have been evicted since.
    await this.#puller.pullBlobs(image);
    const key = contentKey(image);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const digests = this.#read(image);
    this.#keep(key, digests);
    digests.catch(() => this.#kept.delete(key));
    return digests;
  }

  async #read(image: AdmissionImage): Promise<readonly Digest[]> {
    const { manifest, config } = image;
    const digests: Digest[] = [];
    for (const [index, layer] of manifest.layers.entries()) {
      const [algorithm] = config.rootfs.diff_ids[index]!.split(":") as [string];
      const { descriptor, content } = this.#open(image, layer);
      digests.push(await plainDigest(descriptor, content, algorithm));
    }
    return digests;
  }

  #open(image: AdmissionImage, layer: Descriptor): { descriptor: Descriptor; content: Content } {
    if (image.license === undefined) return { descriptor: layer, content: this.#store.fetch(layer) };
    const content = decryptLayer(layer, () => this.#store.fetch(layer), { keys: [image.imageKey] });
    return { descriptor: { ...layer, mediaType: decryptedMediaType(layer.mediaType)! }, content };
  }

  #keep(key: string, digests: Promise<readonly Digest[]>): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= maxKept && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, digests);
  }
}

/** D fixes the blobs and what wraps their keys; which of these is opened depends on the image key. */
function contentKey(image: AdmissionImage): string {
  if (image.license === undefined) return image.digest;
  const key = createHash("sha256").update(JSON.stringify(image.imageKey)).digest("hex");
  return `${image.digest} ${key}`;
}
