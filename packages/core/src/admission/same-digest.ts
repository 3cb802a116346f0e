import type { Digest } from "@apoc/oci";
import type { Hex } from "viem";
import type { Payee } from "../channel/accrual.ts";
import { digestToBytes32 } from "../channel/terms.ts";
import type { Grant } from "../grant/grant.ts";
import type { LicensedImage } from "./images.ts";

/** What a document that gives keys or money says about an image. */
export interface NamedImage {
  /** The 32 bytes of D. */
  readonly image: Hex;
  readonly licenseHash: Hex;
}

/** The image that a grant gives the key of. */
export function imageOfGrant({ image, licenseHash }: Pick<Grant, "image" | "licenseHash">): NamedImage {
  return { image: digestToBytes32(image), licenseHash };
}

/** The image that a payee is paid for. */
export function imageOfPayee({
  imageDigest,
  licenseHash,
}: Pick<Payee, "imageDigest" | "licenseHash">): NamedImage {
  return { image: imageDigest, licenseHash };
}

/** How a document differs from the image that was fetched. */
export interface Difference {
  readonly what: "image" | "licenseHash";
  readonly expected: Digest | Hex;
  readonly actual: Digest | Hex;
}

/**
 * The rule that keys and payment name the same digest: each names the very D that was fetched, and the license in it,
 * and so both name the same. With one layer more, another config or another license it is another image, which neither a
 * genuine grant nor a genuine payment is for.
 */
export function differenceFrom(
  { digest, licenseHash }: Pick<LicensedImage, "digest" | "licenseHash">,
  named: NamedImage,
): Difference | undefined {
  if (named.image !== digestToBytes32(digest)) {
    return { what: "image", expected: digest, actual: `sha256:${named.image.slice(2)}` };
  }
  if (named.licenseHash === licenseHash) return undefined;
  return { what: "licenseHash", expected: licenseHash, actual: named.licenseHash };
}
