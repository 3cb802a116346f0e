import { readFile } from "node:fs/promises";
import {
  type BuiltImage,
  composeImage,
  findBusybox,
  type ImageFile,
  type ImageRecipe,
} from "@apoc/devnet/images";
import { type Descriptor, type Manifest, MemoryTarget, parseManifest, sha256Digest } from "@apoc/oci";
import type { Program, Step } from "@apoc/provider/runtime-conformance";
import type { AdmittedImage } from "@apoc/provider/engine";
import { encryptLayer, generateImageKey, unwrapLayerKey } from "ocicrypt-js";

type Config = NonNullable<ImageRecipe["config"]>;

let base: Promise<BuiltImage> | undefined;

/** An image of a static busybox and some files, as admission leaves it. */
export async function busyboxImage(config: Config, files: readonly ImageFile[] = []): Promise<AdmittedImage> {
  base ??= findBusybox(".apoc/tools").then(async (path) =>
    composeImage({
      files: [
        { path: "/bin/busybox", mode: 0o755, content: await readFile(path) },
        { path: "/bin/sh", link: "busybox" },
        { path: "/tmp", directory: true, mode: 0o1777 },
      ],
    }),
  );
  return admitted(await composeImage({ base: await base, config, files }));
}

async function admitted(image: BuiltImage): Promise<AdmittedImage> {
  const blobs = new MemoryTarget();
  const manifest = parseManifest(image.manifest);
  await blobs.push(manifest.config, image.config);
  for (const { descriptor, compressed } of image.layers) await blobs.push(descriptor, compressed);
  return { digest: image.descriptor.digest, manifest, config: image.parsedConfig, blobs };
}

/** The same image with encrypted layers, and the key of each. */
export async function encryptedImage(image: AdmittedImage): Promise<AdmittedImage> {
  const { publicJwk, privateJwk } = await generateImageKey();
  const blobs = new MemoryTarget();
  const layers: Descriptor[] = [];
  for (const { mediaType, ...layer } of image.manifest.layers) {
    const content = image.blobs.fetch({ mediaType, ...layer });
    const encryption = encryptLayer({ mediaType }, content, { recipients: [publicJwk] });
    const chunks = await Array.fromAsync(encryption.content);
    const descriptor = encryption.result();
    await blobs.push(descriptor, new Uint8Array(Buffer.concat(chunks)));
    layers.push(descriptor);
  }
  const [config] = await Array.fromAsync(image.blobs.fetch(image.manifest.config));
  await blobs.push(image.manifest.config, config!);
  const manifest: Manifest = { ...image.manifest, layers };
  const layerKeys = await Promise.all(layers.map((layer) => unwrapLayerKey(layer, { keys: [privateJwk] })));
  const digest = sha256Digest(new TextEncoder().encode(JSON.stringify(manifest)));
  return { ...image, digest, manifest, blobs, layerKeys };
}

/** A program of the suite as a shell script. */
export function scriptOf(program: Program): string {
  const goOn = ["trap 'exit 0' TERM", "while :; do sleep 1000 & wait $!; done"];
  return [...program.map(lineOf), ...goOn].join("\n");
}

function lineOf(step: Step): string {
  if ("print" in step) return `echo ${quoted(step.print)}${step.stream === "stderr" ? " >&2" : ""}`;
  if ("append" in step)
    return `echo ${quoted(step.line)} 2>/dev/null >> ${quoted(step.append)} || echo refused`;
  if ("show" in step) return `cat ${quoted(step.show)} 2>/dev/null || echo missing`;
  if ("wait" in step) return `sleep ${step.wait / 1000}`;
  if ("exit" in step) return `exit ${step.exit}`;
  const folder = `/tmp/www-${step.port}`;
  return `mkdir -p ${folder}; printf %s ${quoted(step.serve)} > ${folder}/index.html; httpd -h ${folder} -p ${step.port}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
