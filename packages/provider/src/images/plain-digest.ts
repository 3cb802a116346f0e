import { once } from "node:events";
import { createHash } from "node:crypto";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { ApocError } from "@apoc/errors";
import { type Content, type Descriptor, type Digest, ociErrors } from "@apoc/oci";
import { layerCompression } from "@apoc/oci/node";

/** Most plain bytes of a layer, against decompression bombs, unless a caller says otherwise. */
const plainLimit = 64 * 1024 ** 3;

/**
 * Digest of what a (compressed) layer holds: its diffID.
 * @throws CONTENT_TOO_LARGE, COMPRESSION_INVALID
 */
export async function plainDigest(
  descriptor: Pick<Descriptor, "mediaType" | "digest">,
  content: Content,
  algorithm: string,
): Promise<Digest> {
  const hash = openPlainHash(descriptor, algorithm);
  try {
    for await (const chunk of content) await hash.write(chunk);
    return await hash.end();
  } finally {
    hash.close();
  }
}

/** A digest in the making, of what the written bytes hold decompressed. */
export interface PlainHash {
  write(chunk: Uint8Array): Promise<void>;
  /** @throws COMPRESSION_INVALID where the bytes end too early */
  end(): Promise<Digest>;
  close(): void;
}

/** Decompresses what is written and hashes it. `limit`: most plain bytes. */
export function openPlainHash(
  { mediaType, digest }: Pick<Descriptor, "mediaType" | "digest">,
  algorithm: string,
  limit = plainLimit,
): PlainHash {
  const hash = createHash(algorithm);
  let size = 0;
  const count = (plain: Uint8Array) => {
    size += plain.length;
    if (size > limit) {
      throw new ApocError(ociErrors.CONTENT_TOO_LARGE, { field: digest, expected: `at most ${limit} bytes` });
    }
    hash.update(plain);
  };
  const result = () => `${algorithm}:${hash.digest("hex")}` as Digest;
  const compression = layerCompression(mediaType);
  if (compression === "none") {
    return { write: async (chunk) => count(chunk), end: async () => result(), close: () => {} };
  }
  const plain = compression === "gzip" ? createGunzip() : createZstdDecompress();
  let failure: unknown;
  const fail = (cause: unknown) => {
    failure ??=
      cause instanceof ApocError
        ? cause
        : new ApocError(ociErrors.COMPRESSION_INVALID, { field: digest, cause });
  };
  const done = new Promise<void>((resolve) => {
    plain.on("data", (bytes: Buffer) => {
      try {
        count(bytes);
      } catch (error) {
        fail(error);
        plain.destroy();
      }
    });
    plain.once("error", fail);
    plain.once("close", resolve);
  });
  return {
    async write(chunk) {
      if (failure !== undefined) throw failure;
      if (!plain.write(chunk)) await Promise.race([once(plain, "drain").catch(fail), done]);
      if (failure !== undefined) throw failure;
    },
    async end() {
      plain.end();
      await done;
      if (failure !== undefined) throw failure;
      return result();
    },
    close: () => plain.destroy(),
  };
}
