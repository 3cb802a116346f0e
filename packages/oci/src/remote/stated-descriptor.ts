import { ApocError } from "@apoc/errors";
import { isDigest } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import { isIndexType, isManifestType, manifestLimit } from "../parse.ts";
import type { Descriptor } from "../spec.ts";

/** The media type of a response, without parameters. */
export function contentType(response: Response): string {
  return (response.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
}

/** The manifest that the header of a response describes; `undefined` when it does not say all of it. */
export function statedDescriptor(response: Response): Descriptor | undefined {
  const digest = response.headers.get("docker-content-digest");
  const length = response.headers.get("content-length");
  const mediaType = contentType(response);
  if (digest === null || !isDigest(digest) || length === null || !/^\d{1,15}$/.test(length)) return undefined;
  return isManifestType(mediaType) || isIndexType(mediaType)
    ? { mediaType, digest, size: Number(length) }
    : undefined;
}

/**
 * Asked for by digest, only that digest will do, and only a manifest in any case.
 * @throws DIGEST_MISMATCH, MEDIA_TYPE_UNSUPPORTED, DOCUMENT_TOO_LARGE
 */
export function checkedManifest(descriptor: Descriptor, reference: string): Descriptor {
  const { digest, mediaType, size } = descriptor;
  if (isDigest(reference) && digest !== reference) {
    throw new ApocError(ociErrors.DIGEST_MISMATCH, { field: reference, expected: reference, actual: digest });
  }
  if (!isManifestType(mediaType) && !isIndexType(mediaType)) {
    throw new ApocError(ociErrors.MEDIA_TYPE_UNSUPPORTED, {
      field: reference,
      expected: "an image manifest or index",
      actual: mediaType || "nothing",
    });
  }
  if (size > manifestLimit) {
    throw new ApocError(ociErrors.DOCUMENT_TOO_LARGE, {
      field: reference,
      expected: `at most ${manifestLimit} bytes`,
      actual: `${size} bytes`,
    });
  }
  return descriptor;
}
