import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { createGzip } from "node:zlib";
import {
  type Content,
  createHasher,
  type Descriptor,
  encodeCanonicalJson,
  mediaTypes,
  sha256Digest,
} from "@apoc/oci";
import { type Layout, openLayout, readFileContent, writeFileContent } from "@apoc/oci/node";

const mebibyte = 1024 * 1024;

/** An image whose only layer is a gzip file with one incompressible file in it. */
export interface BenchImage {
  readonly directory: string;
  readonly layer: Descriptor;
  /** Path of the layer's blob. */
  readonly blob: string;
  readonly diffId: `sha256:${string}`;
}

/** Makes the image as an OCI layout, tagged `v1`. */
export async function makeImage(directory: string, mebibytes: number): Promise<BenchImage> {
  const layout = await openLayout(directory, { create: true });
  const file = join(directory, "layer");
  const diffId = createHash("sha256");
  const gzip = createGzip({ level: 0, chunkSize: 256 * 1024 });
  const feed = (async () => {
    for await (const chunk of tar(mebibytes * mebibyte)) {
      diffId.update(chunk);
      if (!gzip.write(chunk)) await once(gzip, "drain");
    }
    gzip.end();
  })();
  const size = await writeFileContent(file, gzip as AsyncIterable<Uint8Array>);
  await feed;
  const hasher = createHasher();
  for await (const chunk of readFileContent(file)) hasher.update(chunk);
  const layer: Descriptor = { mediaType: mediaTypes.layerGzip, digest: hasher.digest(), size };
  await mkdir(join(directory, "blobs", "sha256"), { recursive: true });
  const blob = join(directory, "blobs", "sha256", layer.digest.slice("sha256:".length));
  await rename(file, blob);
  const plainDigest = `sha256:${diffId.digest("hex")}` as const;
  await pushManifest(layout, layer, plainDigest);
  return { directory, layer, blob, diffId: plainDigest };
}

/** A tar of one file of random bytes. */
async function* tar(size: number): Content {
  const header = Buffer.alloc(512);
  header.write("data", 0);
  header.write("0000644\0", 100);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  yield header;
  for (let at = 0; at < size; at += mebibyte) yield randomBytes(mebibyte);
  yield Buffer.alloc(1024);
}

async function pushManifest(layout: Layout, layer: Descriptor, diffId: string): Promise<void> {
  const push = async (mediaType: string, document: object): Promise<Descriptor> => {
    const bytes = encodeCanonicalJson(document);
    const descriptor = { mediaType, digest: sha256Digest(bytes), size: bytes.length };
    await layout.push(descriptor, bytes);
    return descriptor;
  };
  const config = await push(mediaTypes.config, {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [diffId] },
  });
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] };
  await layout.tag(await push(mediaTypes.manifest, manifest), "v1");
}
