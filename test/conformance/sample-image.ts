import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import {
  type Descriptor,
  encodeCanonicalJson,
  type ImageConfig,
  type Manifest,
  MemoryTarget,
  mediaTypes,
  sha256Digest,
} from "@apoc/oci";
import { layerTar } from "@apoc/devnet/images";

/** An image made in memory, with what went into it. */
export interface SampleImage {
  target: MemoryTarget;
  descriptor: Descriptor;
  manifest: Manifest;
  config: ImageConfig;
  /** The layers' plain tars. */
  tars: Uint8Array[];
  /** The layers as they lie in the image. */
  blobs: Uint8Array[];
}

export interface SampleOptions {
  /** Plain bytes of each layer, incompressible. */
  sizes?: readonly number[];
  compression?: "gzip" | "none";
}

/** Builds a small image of random files, tagged `latest`. */
export async function sampleImage(options: SampleOptions = {}): Promise<SampleImage> {
  const { sizes = [20_000, 300_409], compression = "gzip" } = options;
  const target = new MemoryTarget();
  const tars: Uint8Array[] = [];
  const blobs: Uint8Array[] = [];
  const layers: Descriptor[] = [];
  for (const [i, size] of sizes.entries()) {
    const tar = await layerTar([{ path: `/file-${i}`, mode: 0o755, content: randomBytes(size) }]);
    const blob = compression === "gzip" ? gzipSync(tar) : tar;
    const mediaType = compression === "gzip" ? mediaTypes.layerGzip : mediaTypes.layerTar;
    const layer = { mediaType, digest: sha256Digest(blob), size: blob.length };
    await target.push(layer, blob);
    tars.push(tar);
    blobs.push(blob);
    layers.push(layer);
  }
  const config: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: ["/file-0"], Env: ["PATH=/bin"] },
    rootfs: { type: "layers", diff_ids: tars.map(sha256Digest) },
  };
  const configBytes = encodeCanonicalJson(config);
  const configDescriptor = describe(mediaTypes.config, configBytes);
  await target.push(configDescriptor, configBytes);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: configDescriptor,
    layers,
  };
  const manifestBytes = encodeCanonicalJson(manifest);
  const descriptor = describe(mediaTypes.manifest, manifestBytes);
  await target.push(descriptor, manifestBytes);
  await target.tag(descriptor, "latest");
  return { target, descriptor, manifest, config, tars, blobs };
}

/** Descriptor of bytes in memory. */
export function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: sha256Digest(bytes), size: bytes.length };
}
