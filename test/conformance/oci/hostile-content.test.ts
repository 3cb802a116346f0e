import { gzipSync, zstdCompressSync } from "node:zlib";
import {
  type Content,
  mediaTypes,
  parseImageConfig,
  parseIndex,
  parseManifest,
  sha256Digest,
} from "@apoc/oci";
import { decompressLayer } from "@apoc/oci/node";
import { describe, expect, test } from "vitest";
import { drain, failure } from "./hostile-server.ts";

const digest = sha256Digest(Buffer.from("x"));
const config = { mediaType: mediaTypes.config, digest, size: 2 };
const layer = { mediaType: mediaTypes.layerTar, digest, size: 1 };
const base = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] };
const image = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [digest] } };

const text = (document: unknown) => Buffer.from(JSON.stringify(document));
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
const attempt = async (read: () => unknown) => read();

test.for([
  ["a key twice", Buffer.from('{"schemaVersion":2,"layers":[],"layers":[]}'), "JSON_DUPLICATE_KEY"],
  [
    "a key twice, spelt otherwise",
    Buffer.from('{"schemaVersion":2,"schemaVersio\\u006e":2}'),
    "JSON_DUPLICATE_KEY",
  ],
  ["a key in other case", text({ ...base, Layers: [] }), "DOCUMENT_INVALID"],
  [
    "more than 4 MiB",
    text({ ...base, annotations: { a: "x".repeat(4 * 1024 * 1024) } }),
    "DOCUMENT_TOO_LARGE",
  ],
  ["deep nesting", Buffer.from(deep(100)), "JSON_INVALID"],
  ["nesting beyond any stack", Buffer.from("[".repeat(1_000_000)), "JSON_INVALID"],
  ["a number without double", Buffer.from('{"schemaVersion":2e999}'), "JSON_INVALID"],
  ["a byte order mark", Buffer.from(`\ufeff${JSON.stringify(base)}`), "JSON_INVALID"],
  ["bytes that are no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), "JSON_INVALID"],
  ["an index in it", text({ ...base, manifests: [] }), "DOCUMENT_INVALID"],
  ["another version", text({ ...base, schemaVersion: 1 }), "DOCUMENT_INVALID"],
  ["another media type", text({ ...base, mediaType: mediaTypes.index }), "DOCUMENT_INVALID"],
  ["no config", text({ ...base, config: null }), "DOCUMENT_INVALID"],
  ["a negative size", text({ ...base, layers: [{ ...layer, size: -1 }] }), "DOCUMENT_INVALID"],
  ["a size between integers", text({ ...base, layers: [{ ...layer, size: 1.5 }] }), "DOCUMENT_INVALID"],
  ["a size beyond integers", text({ ...base, layers: [{ ...layer, size: 2 ** 60 }] }), "DOCUMENT_INVALID"],
  [
    "a digest that is a path",
    text({ ...base, layers: [{ ...layer, digest: "sha256:../x" }] }),
    "DOCUMENT_INVALID",
  ],
  [
    "a digest in capitals",
    text({ ...base, layers: [{ ...layer, digest: digest.toUpperCase() }] }),
    "DOCUMENT_INVALID",
  ],
  [
    "a weak digest",
    text({ ...base, layers: [{ ...layer, digest: `md5:${"a".repeat(32)}` }] }),
    "DOCUMENT_INVALID",
  ],
  ["501 layers", text({ ...base, layers: Array.from({ length: 501 }, () => layer) }), "TOO_MANY_LAYERS"],
  ["a layer elsewhere", text({ ...base, layers: [{ ...layer, urls: ["https://x"] }] }), "FOREIGN_LAYER"],
  [
    "embedded data of other content",
    text({ ...base, config: { ...config, data: "e30=" } }),
    "DOCUMENT_INVALID",
  ],
  [
    "embedded data that is no base64",
    text({ ...base, config: { ...config, data: "%%" } }),
    "DOCUMENT_INVALID",
  ],
] as const)("a manifest with %s", async ([, bytes, code]) => {
  expect(await failure(attempt(() => parseManifest(bytes)))).toBe(code);
});

test.for([
  [
    "an index with layers",
    () => parseIndex(text({ schemaVersion: 2, manifests: [], layers: [] })),
    "DOCUMENT_INVALID",
  ],
  [
    "an index of 1001 manifests",
    () => parseIndex(text({ schemaVersion: 2, manifests: Array(1001).fill(layer) })),
    "DOCUMENT_INVALID",
  ],
  [
    "a platform of numbers",
    () =>
      parseIndex(
        text({
          schemaVersion: 2,
          manifests: [{ ...layer, platform: { os: "linux", architecture: "arm", variant: 7 } }],
        }),
      ),
    "DOCUMENT_INVALID",
  ],
  [
    "a config without diffIDs",
    () => parseImageConfig(text({ ...image, rootfs: { type: "layers" } })),
    "DOCUMENT_INVALID",
  ],
  [
    "a config with diffIDs twice",
    () => parseImageConfig(text({ ...image, RootFS: image.rootfs })),
    "DOCUMENT_INVALID",
  ],
  [
    "a config with a command of text",
    () => parseImageConfig(text({ ...image, config: { Cmd: "/bin/sh" } })),
    "DOCUMENT_INVALID",
  ],
  [
    "a config with 501 diffIDs",
    () => parseImageConfig(text({ ...image, rootfs: { type: "layers", diff_ids: Array(501).fill(digest) } })),
    "TOO_MANY_LAYERS",
  ],
] as const)("%s", async ([, read, code]) => {
  expect(await failure(attempt(read))).toBe(code);
});

describe("layers", () => {
  const plain = Buffer.alloc(20_000, "layer ");
  const diffId = sha256Digest(plain);
  const gzip = gzipSync(plain);
  const zeros = Buffer.alloc(32 * 1024 * 1024);
  const once = async function* (bytes: Uint8Array): Content {
    yield bytes;
  };
  const read = (bytes: Uint8Array, mediaType: string, limit?: number) =>
    drain(decompressLayer({ mediaType, digest }, once(bytes), diffId, { limit }));

  const limit = 1024 * 1024;
  test.for([
    ["a gzip bomb", gzipSync(zeros), mediaTypes.layerGzip, "CONTENT_TOO_LARGE"],
    ["a zstd bomb", zstdCompressSync(zeros), mediaTypes.layerZstd, "CONTENT_TOO_LARGE"],
    ["a plain layer beyond the limit", zeros, mediaTypes.layerTar, "CONTENT_TOO_LARGE"],
    ["gzip said to be plain", gzip, mediaTypes.layerTar, "DIFF_ID_MISMATCH"],
    ["plain said to be gzip", plain, mediaTypes.layerGzip, "COMPRESSION_INVALID"],
    ["gzip said to be zstd", gzip, mediaTypes.layerZstd, "COMPRESSION_INVALID"],
    ["another layer", gzipSync(Buffer.from("other")), mediaTypes.layerGzip, "DIFF_ID_MISMATCH"],
    ["two layers in one", Buffer.concat([gzip, gzip]), mediaTypes.layerGzip, "DIFF_ID_MISMATCH"],
    ["an encrypted layer", gzip, `${mediaTypes.layerGzip}+encrypted`, "MEDIA_TYPE_UNSUPPORTED"],
    ["no layer", plain, "text/html", "MEDIA_TYPE_UNSUPPORTED"],
  ] as const)("%s", async ([, bytes, mediaType, code]) => {
    expect(await failure(read(bytes, mediaType, limit))).toBe(code);
  });

  test.for([1, 9, 10, 11, gzip.length - 9, gzip.length - 8, gzip.length - 4, gzip.length - 1])(
    "gzip that ends after %i bytes",
    async (length) => {
      expect(await failure(read(gzip.subarray(0, length), mediaTypes.layerGzip))).toBe("COMPRESSION_INVALID");
    },
  );

  test("an unchanged layer is read", async () => {
    expect(await read(gzip, mediaTypes.layerGzip)).toBe(plain.length);
  });
});
