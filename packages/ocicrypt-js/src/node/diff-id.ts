import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "../errors.ts";
import type { LayerDigest } from "../spec.ts";

export interface DiffIdOptions {
  /** Against decompression bombs; 64 GiB by default. */
  readonly mostPlainBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks that a decrypted layer is the one of the image config: the digest of what it decompresses to (image-spec,
 * config.md, "Layer DiffID").
 * @throws DIFF_ID_MISMATCH, also when it cannot be decompressed
 */
export async function checkDiffId(
  path: string,
  { mediaType, digest }: { readonly mediaType: string; readonly digest: LayerDigest },
  diffId: LayerDigest,
  { mostPlainBytes = 64 * 1024 ** 3, signal }: DiffIdOptions = {},
): Promise<void> {
  const algorithm = diffId.startsWith("sha512:") ? "sha512" : "sha256";
  const mismatch = (actual: string, cause?: unknown) =>
    new ApocError(ocicryptErrors.DIFF_ID_MISMATCH, { field: digest, expected: diffId, actual, cause });
  const hash = createHash(algorithm);
  let size = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      hash.update(chunk);
      done(size > mostPlainBytes ? mismatch(`more than ${mostPlainBytes} bytes`) : null);
    },
  });
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const settings = signal === undefined ? {} : { signal };
  try {
    if (mediaType.endsWith("+gzip"))
      await pipeline(file, createGunzip({ chunkSize: 256 * 1024 }), sink, settings);
    else if (mediaType.endsWith("+zstd")) await pipeline(file, createZstdDecompress(), sink, settings);
    else await pipeline(file, sink, settings);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ApocError) throw cause;
    throw mismatch("what cannot be decompressed", cause);
  }
  const actual = `${algorithm}:${hash.digest("hex")}`;
  if (actual !== diffId) throw mismatch(actual);
}
