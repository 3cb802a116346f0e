import { readFile } from "node:fs/promises";
import {
  type Descriptor,
  encodeCanonicalJson,
  type Manifest,
  parseManifest,
  readAll,
  type Target,
} from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";
import {
  checkEncryptedManifest,
  decryptLayer,
  encryptLayer,
  importPrivateKey,
  importPublicKey,
  type UnwrapOptions,
  type WrapOptions,
} from "ocicrypt-js";
import { expect } from "vitest";
import { describe as describeBytes, type SampleImage } from "../sample-image.ts";
import { passphrase } from "./key-forms.ts";

/** Encrypts all layers of an image and pushes it, as tag `v1`. */
export async function publishEncrypted(
  image: SampleImage,
  wrap: WrapOptions,
  target: Target,
): Promise<Manifest> {
  const layers: Descriptor[] = [];
  for (const layer of image.manifest.layers) {
    const encryption = encryptLayer(layer, image.target.fetch(layer), wrap);
    const chunks: Uint8Array[] = [];
    for await (const chunk of encryption.content) chunks.push(chunk);
    const descriptor = encryption.result();
    await target.push(descriptor, Buffer.concat(chunks));
    layers.push(descriptor);
  }
  await target.push(image.manifest.config, image.target.fetch(image.manifest.config));
  const manifest: Manifest = { ...image.manifest, layers };
  const bytes = encodeCanonicalJson(manifest);
  const descriptor = describeBytes(String(manifest.mediaType), bytes);
  await target.push(descriptor, bytes);
  await target.tag(descriptor, "v1");
  return manifest;
}

/** Layers of the image `v1` of a layout folder, which must be encrypted, decrypted. */
export async function decryptFolder(
  folder: string,
  image: SampleImage,
  unwrap: UnwrapOptions,
): Promise<Buffer[]> {
  const layout = await openLayout(folder);
  const manifest = parseManifest(await readAll(layout, await layout.resolve("v1")));
  checkEncryptedManifest(manifest, image.config);
  const plain: Buffer[] = [];
  for (const layer of manifest.layers) {
    plain.push(Buffer.concat(await Array.fromAsync(decryptLayer(layer, () => layout.fetch(layer), unwrap))));
  }
  return plain;
}

/** Asserts that the image `v1` of a layout folder is the one that was encrypted, to the bit. */
export async function expectPlain(folder: string, image: SampleImage): Promise<void> {
  const layout = await openLayout(folder);
  const manifest = parseManifest(await readAll(layout, await layout.resolve("v1")));
  const digests = (layers: readonly Descriptor[]) => layers.map(({ digest }) => digest);
  expect(digests(manifest.layers)).toEqual(digests(image.manifest.layers));
  expect(manifest.config.digest).toBe(image.manifest.config.digest);
  for (const [i, layer] of manifest.layers.entries()) {
    expect(Buffer.from(await readAll(layout, layer)).equals(image.blobs[i]!)).toBe(true);
  }
}

/** Reads a public key from a file. */
export async function publicKey(file: string) {
  return importPublicKey(new Uint8Array(await readFile(file)), file);
}

/** Reads a private key from a file; protected ones are under the test's passphrase. */
export async function privateKey(file: string) {
  return importPrivateKey(new Uint8Array(await readFile(file)), file, { passphrase });
}
