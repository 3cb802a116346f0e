import type { Digest, ImageConfig, Manifest } from "@apoc/oci";
import type { Hex } from "viem";
import type { ImageKey } from "../grant/grant.ts";
import type { License } from "../license/license.ts";

/** An image whose manifest and config the provider fetched and verified itself. */
export interface PulledImage {
  readonly reference: string;
  /** D */
  readonly digest: Digest;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
}

/** The publisher's own image: unencrypted, without a license. */
export interface OwnImage extends PulledImage {
  readonly license?: undefined;
}

/** An encrypted image with a well-formed license. */
export interface LicensedImage extends PulledImage {
  readonly license: License;
  readonly licenseHash: Hex;
}

/** A licensed image whose key a grant gave to this provider. */
export interface OpenedImage extends LicensedImage {
  readonly imageKey: ImageKey;
}

/** An image that may run: all checks of it have passed. */
export type AdmissionImage = OwnImage | OpenedImage;

/** Images of a pod, one entry for each distinct reference of its manifest. */
export type ImagesByReference<T extends PulledImage> = ReadonlyMap<string, T>;
