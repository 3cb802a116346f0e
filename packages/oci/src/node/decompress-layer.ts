import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { ApocError } from "@apoc/errors";
import { createHasher } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import { type Descriptor, type Digest, mediaTypes } from "../spec.ts";
import type { Content } from "../target.ts";

export interface DecompressLayerOptions {
  /** Most plain bytes, against decompression bombs; {@link plainLimit} by default. */
  limit?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Maximum number of bytes of a plain layer: 64 GiB. */
export const plainLimit = 64 * 1024 ** 3;

/** How a layer's media type says its tar is compressed. */
export type LayerCompression = "none" | "gzip" | "zstd";

/**
 * Reads the compression off an OCI or docker layer media type.
 * @throws MEDIA_TYPE_UNSUPPORTED, among others for encrypted layers
 */
export function layerCompression(mediaType: string): LayerCompression {
  switch (mediaType) {
    case mediaTypes.layerTar:
    case mediaTypes.dockerLayer:
      return "none";
    case mediaTypes.layerGzip:
    case mediaTypes.dockerLayerGzip:
      return "gzip";
    case mediaTypes.layerZstd:
      return "zstd";
    default:
      throw new ApocError(ociErrors.MEDIA_TYPE_UNSUPPORTED, {
        field: "layer",
        expected: "a tar layer, plain, gzip or zstd",
        actual: mediaType,
      });
  }
}

/**
 * Returns the plain tar of a layer and checks it against the diffID of the image config (image-spec, config.md, "Layer
 * DiffID"); the last chunk is withheld until it holds.
 * @throws DIFF_ID_MISMATCH, CONTENT_TOO_LARGE, COMPRESSION_INVALID, MEDIA_TYPE_UNSUPPORTED
 */
export async function* decompressLayer(
  descriptor: Pick<Descriptor, "mediaType" | "digest">,
  content: Content,
  diffId: Digest,
  options: DecompressLayerOptions = {},
): Content {
  const limit = options.limit ?? plainLimit;
  const hasher = createHasher(diffId.startsWith("sha512:") ? "sha512" : "sha256");
  let size = 0;
  let withheld: Uint8Array | undefined;
  for await (const chunk of decompress(descriptor, content)) {
    options.signal?.throwIfAborted();
    size += chunk.length;
    if (size > limit) {
      throw new ApocError(ociErrors.CONTENT_TOO_LARGE, {
        field: descriptor.digest,
        expected: `at most ${limit} bytes`,
      });
    }
    hasher.update(chunk);
    if (withheld !== undefined) yield withheld;
    withheld = chunk;
  }
  const actual = hasher.digest();
  if (actual !== diffId) {
    throw new ApocError(ociErrors.DIFF_ID_MISMATCH, { field: descriptor.digest, expected: diffId, actual });
  }
  if (withheld !== undefined) yield withheld;
}

/** The plain bytes of a layer, compared with nothing: for callers that hash them themselves. */
export async function* decompress(
  descriptor: Pick<Descriptor, "mediaType" | "digest">,
  content: Content,
): Content {
  const compression = layerCompression(descriptor.mediaType);
  if (compression === "none") {
    yield* content;
    return;
  }
  const chunkSize = 256 * 1024;
  const plain = compression === "gzip" ? createGunzip({ chunkSize }) : createZstdDecompress({ chunkSize });
  const compressed = Readable.from(content, { objectMode: false });
  compressed.on("error", (error) => plain.destroy(error));
  compressed.pipe(plain);
  try {
    yield* plain as AsyncIterable<Uint8Array>;
  } catch (cause) {
    // Errors of the source keep their code; those of zlib get one.
    if (cause instanceof ApocError || !isZlibError(cause)) throw cause;
    throw new ApocError(ociErrors.COMPRESSION_INVALID, { field: descriptor.digest, cause });
  } finally {
    compressed.destroy();
    plain.destroy();
  }
}

function isZlibError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^(Z_|ZSTD_|ERR_)/.test(code);
}
