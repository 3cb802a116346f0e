import { encodeLicense, type License, licenseAnnotation } from "@apoc/core";
import { type Descriptor, type Manifest, mediaTypes, sha256Digest } from "@apoc/oci";
import { type EncryptedLayer, annotationPrefix } from "ocicrypt-js";
import type { ReadImage } from "./read-image.ts";

/** The manifest that is published, as bytes, and what names them: D is `descriptor.digest`. */
export interface PublishedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

/** Annotations that say where the plain image lay, or that are ours to set. */
const dropped = ["org.opencontainers.image.ref.name", "io.containerd.image.name"];

/**
 * The manifest of docs/spec/image.md: the config byte for byte (named by its OCI media type), the encrypted layers, the
 * license, and the annotations of the plain image.
 */
export function encryptedManifest(
  image: ReadImage,
  layers: readonly EncryptedLayer[],
  license: License,
): PublishedManifest {
  const kept = Object.entries(image.manifest.annotations ?? {}).filter(
    ([name]) =>
      !dropped.includes(name) && !name.startsWith("network.apocryph.") && !name.startsWith(annotationPrefix),
  );
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: {
      mediaType: mediaTypes.config,
      digest: image.manifest.config.digest,
      size: image.manifest.config.size,
    },
    layers: layers.map(({ mediaType, digest, size, annotations }) => ({
      mediaType,
      digest,
      size,
      annotations,
    })),
    annotations: { ...Object.fromEntries(kept), [licenseAnnotation]: encodeLicense(license) },
  };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  const descriptor = { mediaType: mediaTypes.manifest, digest: sha256Digest(bytes), size: bytes.length };
  return { descriptor, bytes, manifest };
}
