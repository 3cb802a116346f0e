import { isApocError } from "@apoc/errors";
import { encodeCanonicalJson } from "./encode-document.ts";
import { sha256Digest } from "./digest.ts";
import type { MemoryTarget } from "./memory.ts";
import { type Descriptor, type Index, type Manifest, mediaTypes } from "./spec.ts";
import type { Content } from "./target.ts";

/** Descriptor of bytes in memory. */
export function describeBytes(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: sha256Digest(bytes), size: bytes.length };
}

export async function* inChunks(bytes: Uint8Array, size = 1000): Content {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function gather(content: Content): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Encodes, stores and describes a manifest or index. */
export async function store(target: MemoryTarget, document: Manifest | Index): Promise<Descriptor> {
  const bytes = encodeCanonicalJson(document);
  const descriptor = describeBytes(String(document.mediaType), bytes);
  await target.push(descriptor, bytes);
  return descriptor;
}

/** A small image with two layers, not tagged. The layers are text, since nothing here unpacks them. */
export async function storeImage(target: MemoryTarget, architecture = "amd64"): Promise<Descriptor> {
  const config = encodeCanonicalJson({ architecture, os: "linux", rootfs: { type: "layers", diff_ids: [] } });
  const layers = ["shared", architecture].map((text) => Buffer.from(`layer ${text}`));
  const parts = [
    describeBytes(mediaTypes.config, config),
    ...layers.map((bytes) => describeBytes(mediaTypes.layerTar, bytes)),
  ];
  for (const [i, bytes] of [config, ...layers].entries()) await target.push(parts[i] as Descriptor, bytes);
  const [configDescriptor, ...layerDescriptors] = parts as [Descriptor, ...Descriptor[]];
  return store(target, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: configDescriptor,
    layers: layerDescriptors,
  });
}

/** Symbolic name of the coded error a promise fails with; `none` when it does not, the text of any other error. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    if (isApocError(error)) return error.descriptor.name;
    return error instanceof Error ? error.message : "unknown";
  }
}
