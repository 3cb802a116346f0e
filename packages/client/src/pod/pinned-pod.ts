import type { License, PodManifest } from "@apoc/core";
import type { Digest, ImageConfig } from "@apoc/oci";

/** An image that the publisher resolved and read itself. */
export interface PinnedImage {
  /** As the manifest names it. */
  readonly named: string;
  /** `registry/repository@sha256:…` or `ipfs://CID@sha256:…`, the platform manifest. */
  readonly reference: string;
  /** `repository` without its registry, or the name in IPFS, with the tag where one was named. */
  readonly label: string;
  readonly digest: Digest;
  readonly config: ImageConfig;
  /** Absent for unencrypted images. */
  readonly license?: License;
}

/** A manifest in which every image is named by digest, and those images by their pinned reference. */
export interface PinnedPod {
  readonly manifest: PodManifest;
  readonly images: ReadonlyMap<string, PinnedImage>;
}
