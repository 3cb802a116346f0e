import {
  copy,
  type Descriptor,
  type DirectoryLink,
  encodeCanonicalJson,
  type ImageConfig,
  IpfsTarget,
  type Manifest,
  MemoryBlocks,
  MemoryTarget,
  mediaTypes,
  sha256Digest,
} from "@apoc/oci";

/** Bytes that do not compress and are the same everywhere: the third byte of a linear congruence from 1. */
export function pattern(length: number, start = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = start;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

/** An image whose every byte is fixed: a layer of one block, one of three. */
export async function vectorImage(): Promise<{
  target: MemoryTarget;
  root: Descriptor;
  manifest: Manifest;
  blobs: ReadonlyMap<string, Uint8Array>;
}> {
  const target = new MemoryTarget();
  const blobs = new Map<string, Uint8Array>();
  const store = async (mediaType: string, bytes: Uint8Array): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: sha256Digest(bytes), size: bytes.length };
    await target.push(descriptor, bytes);
    blobs.set(descriptor.digest, bytes);
    return descriptor;
  };
  const contents = [pattern(1000, 2), pattern(2_500_000, 3)];
  const layers: Descriptor[] = [];
  for (const content of contents) layers.push(await store(mediaTypes.layerTar, content));
  const config: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: ["/app"] },
    rootfs: { type: "layers", diff_ids: contents.map(sha256Digest) },
  };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: await store(mediaTypes.config, encodeCanonicalJson(config)),
    layers,
  };
  const root = await store(mediaTypes.manifest, encodeCanonicalJson(manifest));
  await target.tag(root, "1.0");
  return { target, root, manifest, blobs };
}

/** The same image as a directory in IPFS. */
export async function vectorDirectory(): Promise<{
  blocks: MemoryBlocks;
  link: DirectoryLink;
  image: Awaited<ReturnType<typeof vectorImage>>;
}> {
  const image = await vectorImage();
  const blocks = new MemoryBlocks();
  const target = new IpfsTarget(blocks);
  await copy(image.target, "1.0", target, { tags: ["1.0"] });
  return { blocks, link: await target.commit(), image };
}
