import { gzipSync } from "node:zlib";
import {
  type Content,
  type Descriptor,
  type Digest,
  type ImageConfig,
  type Manifest,
  mediaTypes,
  MemoryTarget,
  sha256Digest,
} from "@apoc/oci";
import { encryptLayer, generateImageKey } from "ocicrypt-js";
import type { ImageKey } from "@apoc/core";

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** An image in a repository in memory. */
export interface SampleImage {
  readonly repository: MemoryTarget;
  readonly reference: string;
  readonly digest: Digest;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** Gzip layers before encryption. */
  readonly plain: readonly Uint8Array[];
  /** Where the image is encrypted. */
  readonly key?: ImageKey;
}

export interface SampleOptions {
  /** Uncompressed content of each layer. */
  readonly layers?: readonly string[];
  readonly encrypted?: boolean;
  readonly annotations?: Record<string, string>;
  /** Replaces what the config says about the layers. */
  readonly diffIds?: readonly Digest[];
  readonly entrypoint?: readonly string[];
}

/** Makes an image of gzip layers, encrypted ones if wanted. */
export async function sampleImage(options: SampleOptions = {}): Promise<SampleImage> {
  const { layers = ["first layer", "second layer"], annotations } = options;
  const repository = new MemoryTarget();
  const contents = layers.map((text) => new TextEncoder().encode(text));
  const plain = contents.map((bytes) => new Uint8Array(gzipSync(bytes)));
  const { publicJwk, privateJwk } = await generateImageKey();
  const config: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: [...(options.entrypoint ?? ["/bin/app"])] },
    rootfs: {
      type: "layers",
      diff_ids: [...(options.diffIds ?? contents.map((bytes) => sha256Digest(bytes)))],
    },
  };
  const descriptors: Descriptor[] = [];
  for (const bytes of plain) {
    if (options.encrypted !== true) {
      descriptors.push(await push(repository, mediaTypes.layerGzip, bytes));
      continue;
    }
    const encryption = encryptLayer({ mediaType: mediaTypes.layerGzip }, once(bytes), {
      recipients: [publicJwk],
    });
    const ciphertext = await collect(encryption.content);
    await repository.push(encryption.result(), ciphertext);
    descriptors.push(encryption.result());
  }
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: await push(repository, mediaTypes.config, encode(config)),
    layers: descriptors,
    ...(annotations === undefined ? {} : { annotations }),
  };
  const { digest } = await push(repository, mediaTypes.manifest, encode(manifest));
  const reference = `registry.example/ada/app@${digest}`;
  const key = options.encrypted === true ? { key: privateJwk as ImageKey } : {};
  return { repository, reference, digest, manifest, config, plain, ...key };
}

async function push(target: MemoryTarget, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const descriptor = { mediaType, digest: sha256Digest(bytes), size: bytes.length };
  await target.push(descriptor, bytes);
  return descriptor;
}

/** All bytes of a content. */
export async function collect(content: Content): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** Reads a content and gives how much came out, also when it fails. */
export async function released(
  content: Content,
): Promise<{ readonly size: number; readonly error?: unknown }> {
  let size = 0;
  try {
    for await (const chunk of content) size += chunk.length;
    return { size };
  } catch (error) {
    return { size, error };
  }
}

/** Content of one chunk. */
export async function* once(bytes: Uint8Array): Content {
  yield bytes;
}
