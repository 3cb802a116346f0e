import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { createHasher } from "../digest.ts";
import { type Descriptor, type Digest, mediaTypes } from "../spec.ts";
import type { Content } from "../target.ts";
import { decompressLayer, layerCompression } from "./decompress-layer.ts";

export interface NormalizeLayerOptions {
  /** zlib level for layers that are not gzip yet; 6 by default. */
  level?: number | undefined;
  /** Most plain bytes; 64 GiB by default. */
  limit?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface NormalizedLayer {
  /** Read it once and to the end. */
  readonly content: Content;
  /** The descriptor of the gzip layer; known after `content` was read to its end. */
  result(): Descriptor;
}

/**
 * Turns a layer into a gzip tar layer, the only kind that all decrypting runtimes know: gzip stays byte for byte,
 * plain tar is compressed, zstd is compressed again. The plain bytes are checked against the diffID in each case.
 * @throws DIFF_ID_MISMATCH, CONTENT_TOO_LARGE, COMPRESSION_INVALID, MEDIA_TYPE_UNSUPPORTED
 */
export function normalizeLayer(
  descriptor: Descriptor,
  content: Content,
  diffId: Digest,
  options: NormalizeLayerOptions = {},
): NormalizedLayer {
  const gzip = layerCompression(descriptor.mediaType) === "gzip";
  let result: Descriptor | undefined = undefined;
  async function* normalized(): Content {
    if (gzip) {
      yield* checkedGzip(descriptor, content, diffId, options);
      result = { mediaType: mediaTypes.layerGzip, digest: descriptor.digest, size: descriptor.size };
      return;
    }
    const hasher = createHasher();
    let size = 0;
    for await (const chunk of compress(
      decompressLayer(descriptor, content, diffId, options),
      options.level,
    )) {
      hasher.update(chunk);
      size += chunk.length;
      yield chunk;
    }
    result = { mediaType: mediaTypes.layerGzip, digest: hasher.digest(), size };
  }
  return {
    content: normalized(),
    result: () => {
      if (result === undefined) throw new TypeError("the layer was not read to its end");
      return result;
    },
  };
}

/** Passes gzip bytes on while the same bytes are decompressed and compared with the diffID. */
async function* checkedGzip(
  descriptor: Descriptor,
  content: Content,
  diffId: Digest,
  options: NormalizeLayerOptions,
): Content {
  const channel = new Handover();
  const check = (async () => {
    for await (const _ of decompressLayer(descriptor, channel.read(), diffId, options));
  })();
  check.catch(() => channel.stop());
  let withheld: Uint8Array | undefined;
  try {
    for await (const chunk of content) {
      await channel.write(chunk);
      if (withheld !== undefined) yield withheld;
      withheld = chunk;
    }
    channel.end();
    await check;
  } finally {
    channel.end();
  }
  if (withheld !== undefined) yield withheld;
}

/** Hands chunks from one loop to another, one at a time. */
class Handover {
  #chunk: Uint8Array | undefined;
  #ended = false;
  #stopped = false;
  #wake: (() => void)[] = [];

  async write(chunk: Uint8Array): Promise<void> {
    while (this.#chunk !== undefined && !this.#stopped) await this.#changed();
    this.#chunk = chunk;
    this.#signal();
  }

  end(): void {
    this.#ended = true;
    this.#signal();
  }

  /** The reader is gone; writers no longer wait. */
  stop(): void {
    this.#stopped = true;
    this.#signal();
  }

  async *read(): Content {
    while (true) {
      if (this.#chunk !== undefined) {
        const chunk = this.#chunk;
        this.#chunk = undefined;
        this.#signal();
        yield chunk;
      } else if (this.#ended) return;
      else await this.#changed();
    }
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #signal(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

async function* compress(content: Content, level = 6): Content {
  const gzip = createGzip({ level, chunkSize: 256 * 1024 });
  const plain = Readable.from(content, { objectMode: false });
  plain.on("error", (error) => gzip.destroy(error));
  plain.pipe(gzip);
  try {
    yield* gzip as AsyncIterable<Uint8Array>;
  } finally {
    plain.destroy();
    gzip.destroy();
  }
}
