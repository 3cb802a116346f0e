import { randomBytes } from "node:crypto";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { type Descriptor, mediaTypes, sha256Digest } from "../index.ts";
import { describeBytes, failure, gather, inChunks } from "../sample-image.test.data.ts";
import { decompressLayer, normalizeLayer } from "./index.ts";

const tar = Buffer.concat([randomBytes(300_000), Buffer.alloc(700_000)]);
const diffId = sha256Digest(tar);
const forms: Record<string, [string, Buffer]> = {
  plain: [mediaTypes.layerTar, tar],
  gzip: [mediaTypes.layerGzip, gzipSync(tar)],
  zstd: [mediaTypes.layerZstd, zstdCompressSync(tar)],
  "docker gzip": [mediaTypes.dockerLayerGzip, gzipSync(tar, { level: 1 })],
};
const described = ([mediaType, bytes]: [string, Buffer]): Descriptor => describeBytes(mediaType, bytes);

test.for(Object.entries(forms))("a %s layer becomes gzip and plain again", async ([kind, form]) => {
  const layer = described(form);
  expect((await gather(decompressLayer(layer, inChunks(form[1], 5000), diffId))).equals(tar)).toBe(true);
  const normalized = normalizeLayer(layer, inChunks(form[1], 5000), diffId);
  expect(() => normalized.result()).toThrow(TypeError);
  const gzip = await gather(normalized.content);
  expect(gunzipSync(gzip).equals(tar)).toBe(true);
  expect(normalized.result()).toEqual(describeBytes(mediaTypes.layerGzip, gzip));
  if (kind.includes("gzip")) expect(gzip.equals(form[1])).toBe(true);
});

test.for(Object.entries(forms))("another diffID than that of a %s layer is found", async ([, form]) => {
  const layer = described(form);
  const other = sha256Digest(Buffer.alloc(1));
  expect(await failure(gather(decompressLayer(layer, inChunks(form[1]), other)))).toBe("DIFF_ID_MISMATCH");
  expect(await failure(gather(normalizeLayer(layer, inChunks(form[1]), other).content))).toBe(
    "DIFF_ID_MISMATCH",
  );
});

test.for(["gzip", "zstd"])("a decompression bomb in %s ends at the limit", async (kind) => {
  const bomb = Buffer.alloc(50_000_000);
  const bytes = kind === "gzip" ? gzipSync(bomb) : zstdCompressSync(bomb);
  const layer = describeBytes(kind === "gzip" ? mediaTypes.layerGzip : mediaTypes.layerZstd, bytes);
  for (const content of [
    decompressLayer(layer, inChunks(bytes), sha256Digest(bomb), { limit: 1_000_000 }),
    normalizeLayer(layer, inChunks(bytes), sha256Digest(bomb), { limit: 1_000_000 }).content,
  ]) {
    expect(await failure(gather(content))).toBe("CONTENT_TOO_LARGE");
  }
});

test("what cannot be decompressed has a code, and so has what is no plain layer", async () => {
  const gzip = gzipSync(tar);
  const damaged = Buffer.from(gzip);
  damaged.fill(0x55, 1000, 2000);
  const layer = described([mediaTypes.layerGzip, gzip]);
  for (const bytes of [damaged, gzip.subarray(0, 5000), Buffer.from("no gzip at all")]) {
    expect(await failure(gather(decompressLayer(layer, inChunks(bytes), diffId)))).toBe(
      "COMPRESSION_INVALID",
    );
    expect(await failure(gather(normalizeLayer(layer, inChunks(bytes), diffId).content))).toBe(
      "COMPRESSION_INVALID",
    );
  }
  const encrypted = { ...layer, mediaType: `${mediaTypes.layerGzip}+encrypted` };
  expect(await failure(gather(decompressLayer(encrypted, inChunks(gzip), diffId)))).toBe(
    "MEDIA_TYPE_UNSUPPORTED",
  );
});

test("errors of the place the layer comes from keep their own form", async () => {
  async function* broken() {
    yield gzipSync(tar).subarray(0, 100);
    throw new Error("disk on fire");
  }
  const layer = described([mediaTypes.layerGzip, gzipSync(tar)]);
  expect(await failure(gather(decompressLayer(layer, broken(), diffId)))).toBe("disk on fire");
  expect(await failure(gather(normalizeLayer(layer, broken(), diffId).content))).toBe("disk on fire");
});
