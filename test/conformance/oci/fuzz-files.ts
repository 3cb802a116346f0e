import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type Content, encodeCanonicalJson, mediaTypes, readAll, sha256Digest, type Source } from "@apoc/oci";
import { decompressLayer, openArchive, openLayout } from "@apoc/oci/node";
import { layerTar } from "@apoc/devnet/images";
import { readTarIndex } from "@apoc/oci/testing";
import { mutateBytes, type Random } from "../attestation/fuzz-mutation.ts";
import { mutateJson } from "../attestation/fuzz-text.ts";
import { bytesOf, type FuzzTarget, target } from "../fuzz/target.ts";

const block = 512;

/** A tar changed as bytes, every second time with the checksums of its headers made right again. */
function mutateTar(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.from(mutateBytes(random, seed, others));
  if (random.below(2) === 0) return bytes;
  for (let at = 0; at + block <= bytes.length; at += block) {
    if (bytes.toString("latin1", at + 257, at + 262) !== "ustar") continue;
    let sum = 8 * 32;
    for (let i = 0; i < block; i++) if (i < 148 || i >= 156) sum += bytes[at + i] ?? 0;
    bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
  }
  return bytes;
}

/** Whatever is read through a source has the digest it is asked for by. */
async function readThrough(
  source: Source,
  entries: readonly { digest: string }[],
): Promise<string | undefined> {
  for (const { digest } of entries.slice(0, 4)) {
    const descriptor = await source.resolve(digest);
    const bytes = await readAll(source, descriptor);
    if (sha256Digest(bytes) !== digest && digest.startsWith("sha256")) return "other bytes than the digest's";
  }
  return undefined;
}

interface Parts {
  config: Uint8Array;
  layer: Uint8Array;
  manifest: Uint8Array;
  index: Uint8Array;
}

async function parts(): Promise<Parts> {
  const layer = await layerTar([{ path: "/a", mode: 0o644, content: bytesOf("a") }]);
  const config = encodeCanonicalJson({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [sha256Digest(layer)] },
  });
  const describe = (mediaType: string, bytes: Uint8Array) => ({
    mediaType,
    digest: sha256Digest(bytes),
    size: bytes.length,
  });
  const manifest = encodeCanonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: describe(mediaTypes.config, config),
    layers: [describe(mediaTypes.layerTar, layer)],
  });
  const entry = {
    ...describe(mediaTypes.manifest, manifest),
    annotations: { "org.opencontainers.image.ref.name": "v1" },
  };
  const index = encodeCanonicalJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [entry] });
  return { config, layer, manifest, index };
}

/** Archives, layouts and layers. What a parser reads from a file lies in a folder that ends with the process. */
export async function fileTargets(): Promise<FuzzTarget[]> {
  const folder = mkdtempSync(join(tmpdir(), "apoc-fuzz-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "input.tar");
  const written = (input: Uint8Array) => {
    writeFileSync(file, input);
    return file;
  };
  const { config, layer, manifest, index } = await parts();
  const tar = (files: Record<string, Uint8Array>) =>
    layerTar(Object.entries(files).map(([path, content]) => ({ path: `/${path}`, mode: 0o644, content })));
  const blob = (bytes: Uint8Array) => `blobs/${sha256Digest(bytes).replace(":", "/")}`;
  const oci = await tar({
    "oci-layout": bytesOf('{"imageLayoutVersion":"1.0.0"}'),
    "index.json": index,
    [blob(config)]: config,
    [blob(layer)]: layer,
    [blob(manifest)]: manifest,
  });
  const docker = await tar({
    "manifest.json": bytesOf('[{"Config":"c.json","RepoTags":["x:v1"],"Layers":["l.tar"]}]'),
    "c.json": config,
    "l.tar": layer,
  });
  const named = await layerTar([{ path: `/${"long/".repeat(40)}name`, mode: 0o644, content: bytesOf("x") }]);
  return [
    target({
      name: "tar",
      seeds: [oci, docker, named],
      mutate: mutateTar,
      parse: (input) => readTarIndex(written(input)),
      judge: (files, input) => {
        for (const [name, { start, size }] of files) {
          if (name.startsWith("/") || name.split("/").includes("..")) return `path ${name}`;
          if (start < 0 || size < 0 || start + size > input.length) return `${name} is outside`;
        }
        return undefined;
      },
    }),
    ...[
      { name: "OCI archive", seed: oci },
      { name: "docker archive", seed: docker },
    ].map(({ name, seed }) =>
      target({
        name,
        seeds: [seed],
        mutate: mutateTar,
        parse: (input) => openArchive(written(input)),
        judge: (archive) => readThrough(archive, archive.entries),
      }),
    ),
    layoutTarget(folder, index, { config, layer, manifest, index }),
    ...(["gzip", "zstd"] as const).map((compression) =>
      target({
        name: `${compression} layer`,
        seeds: [compression === "gzip" ? gzipSync(layer) : zstdCompressSync(layer)],
        mutate: mutateBytes,
        parse: async (input) => {
          const mediaType = compression === "gzip" ? mediaTypes.layerGzip : mediaTypes.layerZstd;
          const content: Content = (async function* () {
            yield input;
          })();
          const chunks: Uint8Array[] = [];
          const plain = decompressLayer(
            { mediaType, digest: sha256Digest(input) },
            content,
            sha256Digest(layer),
          );
          for await (const chunk of plain) chunks.push(chunk);
          return Buffer.concat(chunks);
        },
        judge: (plain) => (plain.equals(layer) ? undefined : "another layer"),
      }),
    ),
  ];
}

function layoutTarget(folder: string, seed: Uint8Array, content: Parts): FuzzTarget {
  const directory = join(folder, "layout");
  mkdirSync(join(directory, "blobs", "sha256"), { recursive: true });
  writeFileSync(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  for (const bytes of [content.config, content.layer, content.manifest]) {
    writeFileSync(join(directory, "blobs", sha256Digest(bytes).replace(":", "/")), bytes);
  }
  return target({
    name: "layout index.json",
    seeds: [seed],
    mutate: mutateJson,
    parse: async (input) => {
      writeFileSync(join(directory, "index.json"), input);
      const layout = await openLayout(directory);
      return { layout, entries: await layout.entries() };
    },
    judge: ({ layout, entries }) => readThrough(layout, entries),
  });
}
