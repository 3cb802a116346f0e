import { ApocError } from "@apoc/errors";
import { isDigest } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import { isIndexType, isManifestType, parseIndex, parseManifest } from "../parse.ts";
import { isTag } from "../reference.ts";
import type { Descriptor, Digest } from "../spec.ts";
import type { Content, Target } from "../target.ts";
import { verifyContent } from "../verify.ts";
import type { BlockStore } from "./blocks.ts";
import { cidOf } from "./cid.ts";
import { importFile } from "./import-file.ts";
import { type Ending, type ImageFolders, IpfsImage } from "./ipfs-image.ts";
import { type DirectoryLink, encodeDirectory } from "./unixfs-directory.ts";

/**
 * Writes images as a UnixFS directory. A directory in IPFS does not change: what is pushed becomes part of a new one,
 * whose CID {@link IpfsTarget.commit} gives. The same images and tags give the same CID, in whatever order they came.
 */
export class IpfsTarget implements Target {
  readonly blocks: BlockStore;
  readonly #folders: ImageFolders;
  readonly #image: IpfsImage;
  /** Sizes of what was pushed here, in bytes. */
  readonly #sizes = new Map<string, number>();

  /** An empty directory; with `folders`, one that holds them already, their blocks being in the store. */
  constructor(blocks: BlockStore, folders: ImageFolders = { manifests: new Map(), blobs: new Map() }) {
    this.blocks = blocks;
    this.#folders = { manifests: new Map(folders.manifests), blobs: new Map(folders.blobs) };
    this.#image = new OpenImage(blocks, this.#folders);
  }

  fetch(descriptor: Descriptor, options?: Ending): Content {
    return this.#image.fetch(descriptor, options);
  }

  resolve(reference: string, options?: Ending): Promise<Descriptor> {
    return this.#image.resolve(reference, options);
  }

  referrers(subject: Digest, artifactType?: string, options?: Ending): Promise<Descriptor[]> {
    return this.#image.referrers(subject, artifactType, options);
  }

  async exists({ mediaType, digest, size }: Descriptor): Promise<boolean> {
    const pushed = this.#sizes.get(digest);
    return this.#folder(mediaType).has(digest) && (pushed === undefined || pushed === size);
  }

  async push(descriptor: Descriptor, content: Content | Uint8Array, options: Ending = {}): Promise<void> {
    const { mediaType, digest } = descriptor;
    const checked = verifyContent(descriptor, content, { signal: options.signal });
    const isDocument = isManifestType(mediaType) || isIndexType(mediaType);
    const stored = await importFile(this.blocks, isDocument ? parsed(descriptor, checked) : checked);
    this.#folder(mediaType).set(digest, { cid: stored.cid, tsize: stored.tsize });
    this.#sizes.set(digest, stored.size);
  }

  async tag({ digest }: Descriptor, reference: string): Promise<void> {
    const link = this.#folders.manifests.get(digest);
    if (link === undefined) throw new ApocError(ociErrors.NOT_FOUND, { field: digest });
    if (isDigest(reference) ? reference !== digest : !isTag(reference)) {
      throw new ApocError(ociErrors.REFERENCE_INVALID, { field: reference, expected: "a tag" });
    }
    this.#folders.manifests.set(reference, link);
  }

  /**
   * Stores the directory of all that was pushed and tagged. Returns its CID, and the bytes of all blocks that it consists
   * of (those that stand in it twice counted twice). @throws IPFS_DAG_TOO_LARGE
   */
  async commit(): Promise<DirectoryLink> {
    const root = new Map<string, DirectoryLink>();
    for (const name of ["blobs", "manifests"] as const) {
      root.set(name, await this.#store(this.#folders[name], name));
    }
    return this.#store(root, "image");
  }

  async #store(entries: ReadonlyMap<string, DirectoryLink>, field: string): Promise<DirectoryLink> {
    const block = encodeDirectory(entries, field);
    const cid = cidOf("dag-pb", block);
    await this.blocks.put(cid, block);
    const tsize = [...entries.values()].reduce((sum, link) => sum + link.tsize, block.length);
    return { cid, tsize };
  }

  #folder(mediaType: string): Map<string, DirectoryLink> {
    const isDocument = isManifestType(mediaType) || isIndexType(mediaType);
    return isDocument ? this.#folders.manifests : this.#folders.blobs;
  }
}

/** An image whose folders are still being filled. */
class OpenImage extends IpfsImage {
  readonly #open: ImageFolders;

  constructor(blocks: BlockStore, folders: ImageFolders) {
    super({ blocks, root: cidOf("dag-pb", encodeDirectory(new Map(), "image")) });
    this.#open = folders;
  }

  override async folders(): Promise<ImageFolders> {
    return this.#open;
  }
}

/** A manifest or index, let through when it is one. */
async function* parsed(descriptor: Descriptor, content: Content): Content {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  const bytes = new Uint8Array(descriptor.size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  const options = { field: descriptor.digest, foreignLayers: "allow" } as const;
  if (isIndexType(descriptor.mediaType)) parseIndex(bytes, options);
  else parseManifest(bytes, options);
  yield bytes;
}
