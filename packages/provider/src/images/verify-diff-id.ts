import { ApocError } from "@apoc/errors";
import { type Content, type Descriptor, type Digest, ociErrors } from "@apoc/oci";
import { openPlainHash } from "./plain-digest.ts";

export interface DiffIdOptions {
  /** Most plain bytes, against decompression bombs; 64 GiB unless given. */
  readonly limit?: number;
}

/**
 * Passes a (compressed) layer on unchanged while it decompresses a copy and checks it against the diffID of the image
 * config (image-spec, config.md, "Layer DiffID"). The last chunk is withheld until the diffID holds: a reader that
 * ends without an error has the layer that the config names.
 * @throws DIFF_ID_MISMATCH, CONTENT_TOO_LARGE, COMPRESSION_INVALID
 */
export async function* verifyDiffId(
  descriptor: Pick<Descriptor, "mediaType" | "digest">,
  content: Content,
  diffId: Digest,
  options: DiffIdOptions = {},
): Content {
  const [algorithm] = diffId.split(":") as [string];
  const hash = openPlainHash(descriptor, algorithm, options.limit);
  let withheld: Uint8Array | undefined;
  try {
    for await (const chunk of content) {
      await hash.write(chunk);
      if (withheld !== undefined) yield withheld;
      withheld = chunk;
    }
    const actual = await hash.end();
    if (actual !== diffId) {
      throw new ApocError(ociErrors.DIFF_ID_MISMATCH, { field: descriptor.digest, expected: diffId, actual });
    }
  } finally {
    hash.close();
  }
  if (withheld !== undefined) yield withheld;
}
