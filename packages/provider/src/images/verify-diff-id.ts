import { once } from "node:events";
import { createHash } from "node:crypto";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { ApocError } from "@apoc/errors";
import { type Content, type Descriptor, type Digest, ociErrors } from "@apoc/oci";
import { layerCompression } from "@apoc/oci/node";

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
  const check = diffIdCheck(descriptor, diffId, options.limit ?? 64 * 1024 ** 3);
  let withheld: Uint8Array | undefined;
  try {
    for await (const chunk of content) {
      await check.write(chunk);
      if (withheld !== undefined) yield withheld;
      withheld = chunk;
    }
    await check.end();
  } finally {
    check.close();
  }
  if (withheld !== undefined) yield withheld;
}

interface DiffIdCheck {
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<void>;
  close(): void;
}

function diffIdCheck(
  { mediaType, digest }: Pick<Descriptor, "mediaType" | "digest">,
  diffId: Digest,
  limit: number,
): DiffIdCheck {
  const [algorithm] = diffId.split(":") as [string];
  const hash = createHash(algorithm);
  let size = 0;
  const count = (plain: Uint8Array) => {
    size += plain.length;
    if (size > limit) {
      throw new ApocError(ociErrors.CONTENT_TOO_LARGE, { field: digest, expected: `at most ${limit} bytes` });
    }
    hash.update(plain);
  };
  const compare = () => {
    const actual = `${algorithm}:${hash.digest("hex")}`;
    if (actual !== diffId) {
      throw new ApocError(ociErrors.DIFF_ID_MISMATCH, { field: digest, expected: diffId, actual });
    }
  };
  const compression = layerCompression(mediaType);
  if (compression === "none") {
    return { write: async (chunk) => count(chunk), end: async () => compare(), close: () => {} };
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
      compare();
    },
    close: () => plain.destroy(),
  };
}
