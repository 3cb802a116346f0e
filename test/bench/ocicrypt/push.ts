import { execFile } from "node:child_process";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  encodeCanonicalJson,
  mediaTypes,
  parseManifest,
  readAll,
  RemoteRepository,
  sha256Digest,
} from "@apoc/oci";
import { type Layout, openLayout } from "@apoc/oci/node";
import type { PublicJwk } from "ocicrypt-js";
import { encryptLayerFile } from "ocicrypt-js/node";
import { startDockerRegistry } from "../../conformance/peers/docker-registry.ts";
import type { BenchImage } from "./image.ts";
import type { PushResult, PushWork } from "./push-work.ts";
import { Samples } from "./samples.ts";
import { steady } from "./steady.ts";

const run = promisify(execFile);
/** Packages are found from here as others find them, without the condition of this checkout. */
const repository = fileURLToPath(new URL("../../..", import.meta.url));
const worker = stripTypeScriptTypes(await readFile(new URL("push-work.ts", import.meta.url), "utf8"));

/** Bytes per second of both, by one layer. */
export interface PushRates {
  readonly ours: number;
  readonly peer: number;
}

/**
 * Pushes an encrypted image to Debian's docker-registry, by `copy` and by skopeo in turns; each push has a server of its
 * own with an empty disk, so that nothing is there already.
 * @param skopeo path of the program
 */
export async function comparePush(
  image: BenchImage,
  recipient: PublicJwk,
  skopeo: string,
  rounds: number,
): Promise<PushRates> {
  const folder = dirname(image.directory);
  const layout = await encryptedLayout(image, join(folder, "encrypted-layout"), recipient);
  const rates = new Samples(image.layer.size);
  for (let round = 0; round < rounds; round++) {
    const ours = await withRegistry(layout, join(folder, "registry"), image.layer.size, async (target) => {
      const argument: PushWork = { layout: layout.directory, repository: target };
      const args = ["--input-type=module", "--eval", worker, JSON.stringify(argument)];
      return JSON.parse((await run(process.execPath, args, { cwd: repository })).stdout) as PushResult;
    });
    rates.add("ours", ours.seconds);
    const words = ["--insecure-policy", "copy", "--dest-tls-verify=false", `oci:${layout.directory}:v1`];
    const theirs = await withRegistry(layout, join(folder, "registry"), image.layer.size, async (target) => {
      const start = performance.now();
      await run(skopeo, [...words, `docker://${target}:v1`]);
      return (performance.now() - start) / 1000;
    });
    rates.add("peer", theirs);
  }
  await rm(layout.directory, { recursive: true });
  return { ours: rates.median("ours"), peer: rates.median("peer") };
}

/** The image with its layer encrypted, as a layout of its own. */
async function encryptedLayout(image: BenchImage, directory: string, recipient: PublicJwk): Promise<Layout> {
  const layout = await openLayout(directory, { create: true });
  const file = join(directory, "layer");
  const layer = await encryptLayerFile(image.layer, image.blob, file, { recipients: [recipient] });
  await rename(file, join(directory, "blobs", "sha256", layer.digest.slice("sha256:".length)));
  const plain = await openLayout(image.directory);
  const { config } = parseManifest(await readAll(plain, await plain.resolve("v1")));
  await layout.push(config, plain.fetch(config));
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] };
  const bytes = encodeCanonicalJson(manifest);
  const descriptor = { mediaType: mediaTypes.manifest, digest: sha256Digest(bytes), size: bytes.length };
  await layout.push(descriptor, bytes);
  await layout.tag(descriptor, "v1");
  return layout;
}

/** Runs the work with an empty server, and checks that the image came there. */
async function withRegistry<T>(
  layout: Layout,
  folder: string,
  bytes: number,
  work: (target: string) => Promise<T>,
): Promise<T> {
  await mkdir(folder);
  await steady(dirname(folder), bytes);
  const registry = await startDockerRegistry(folder);
  try {
    const target = `${registry.host}/bench/image`;
    const result = await work(target);
    const [sent, found] = [
      await layout.resolve("v1"),
      await new RemoteRepository({ reference: target }).resolve("v1"),
    ];
    if (found.digest !== sent.digest) throw new Error(`another image came to the registry: ${found.digest}`);
    return result;
  } finally {
    await registry.close();
    await rm(folder, { recursive: true });
  }
}
