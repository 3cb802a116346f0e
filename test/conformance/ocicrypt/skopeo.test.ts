import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import {
  copy,
  type Descriptor,
  encodeCanonicalJson,
  type Manifest,
  parseManifest,
  readAll,
  RemoteRepository,
} from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";
import { type RunningRegistry, serveRegistry } from "@apoc/devnet/registry";
import {
  checkEncryptedManifest,
  decryptLayer,
  encryptLayer,
  exportPkcs8,
  exportSpki,
  generateImageKey,
  importPrivateKey,
  importPublicKey,
  type PrivateJwk,
  type PublicJwk,
} from "ocicrypt-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describe as describeBytes, sampleImage, type SampleImage } from "../sample-image.ts";
import { skopeoPresent, Workplace } from "../skopeo.ts";

const present = await skopeoPresent();

describe.runIf(present)("skopeo and ocicrypt-js", () => {
  let place: Workplace;
  let registry: RunningRegistry;
  const keyFiles = { ec256: "EC P-256", ec384: "EC P-384", ec521: "EC P-521", rsa: "RSA 2048" };

  beforeAll(async () => {
    place = await Workplace.create();
    registry = await serveRegistry();
    const openssl = (...args: string[]) =>
      execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
    for (const [name, kind] of Object.entries(keyFiles)) {
      const [algorithm, size] = kind.split(" ");
      const parameter = algorithm === "EC" ? `ec_paramgen_curve:${size}` : `rsa_keygen_bits:${size}`;
      openssl(
        "genpkey",
        "-algorithm",
        String(algorithm),
        "-pkeyopt",
        parameter,
        "-out",
        place.at(`${name}.pem`),
      );
      openssl("pkey", "-in", place.at(`${name}.pem`), "-pubout", "-out", place.at(`${name}.pub.pem`));
    }
  });
  afterAll(async () => {
    await registry.close();
    await place.remove();
  });

  test.for(Object.keys(keyFiles))("skopeo decrypts what we encrypt to %s", async (name) => {
    const image = await sampleImage();
    const recipient = await importPublicKey(await readFile(place.at(`${name}.pub.pem`)));
    const repository = new RemoteRepository({ reference: `${registry.host}/ours/${name}` });
    const encrypted = await publish(image, [recipient], repository);
    checkEncryptedManifest(encrypted, image.config);
    await place.skopeo(
      "copy",
      "--src-tls-verify=false",
      "--decryption-key",
      place.at(`${name}.pem`),
      `docker://${registry.host}/ours/${name}:v1`,
      `oci:${place.at(`ours-${name}`)}:v1`,
    );
    await expectLayers(place.at(`ours-${name}`), image);
  });

  test("skopeo decrypts with the image key as PKCS#8, second of two recipients", async () => {
    const image = await sampleImage();
    const { publicJwk, privateJwk } = await generateImageKey();
    await writeFile(place.at("image-key.pem"), await exportPkcs8(privateJwk), { mode: 0o600 });
    const escrow = await importPublicKey(await readFile(place.at("rsa.pub.pem")));
    const repository = new RemoteRepository({ reference: `${registry.host}/ours/image-key` });
    await publish(image, [escrow, publicJwk], repository);
    for (const key of ["image-key.pem", "rsa.pem"]) {
      await place.skopeo(
        "copy",
        "--src-tls-verify=false",
        "--decryption-key",
        place.at(key),
        `docker://${registry.host}/ours/image-key:v1`,
        `oci:${place.at(`with-${key}`)}:v1`,
      );
      await expectLayers(place.at(`with-${key}`), image);
    }
    const wrong = place.skopeo(
      "copy",
      "--src-tls-verify=false",
      "--decryption-key",
      place.at("ec256.pem"),
      `docker://${registry.host}/ours/image-key:v1`,
      `oci:${place.at("wrong")}:v1`,
    );
    await expect(wrong).rejects.toThrow(/decrypt/i);
  });

  test.for(Object.keys(keyFiles))("we decrypt what skopeo encrypts to %s", async (name) => {
    const image = await sampleImage();
    const layout = await openLayout(place.at(`plain-${name}`), { create: true });
    await copy(image.target, "latest", layout, { tags: ["v1"] });
    await place.skopeo(
      "copy",
      "--dest-tls-verify=false",
      "--encryption-key",
      `jwe:${place.at(`${name}.pub.pem`)}`,
      `oci:${layout.directory}:v1`,
      `docker://${registry.host}/theirs/${name}:v1`,
    );
    const repository = new RemoteRepository({ reference: `${registry.host}/theirs/${name}` });
    const manifest = parseManifest(await readAll(repository, await repository.resolve("v1")));
    checkEncryptedManifest(manifest, image.config);
    const key = await importPrivateKey(await readFile(place.at(`${name}.pem`)));
    expect(await decryptAll(repository, manifest, key)).toEqual(image.blobs.map((blob) => Buffer.from(blob)));
  });

  test("we decrypt a general JWE that skopeo made for two recipients, with either key", async () => {
    const image = await sampleImage({ sizes: [5000] });
    const layout = await openLayout(place.at("plain-two"), { create: true });
    await copy(image.target, "latest", layout, { tags: ["v1"] });
    const { publicJwk, privateJwk } = await generateImageKey();
    await writeFile(place.at("generated.pub.pem"), await exportSpki(publicJwk));
    await place.skopeo(
      "copy",
      "--encryption-key",
      `jwe:${place.at("rsa.pub.pem")}`,
      "--encryption-key",
      `jwe:${place.at("generated.pub.pem")}`,
      `oci:${layout.directory}:v1`,
      `oci:${place.at("two")}:v1`,
    );
    const encrypted = await openLayout(place.at("two"));
    const manifest = parseManifest(await readAll(encrypted, await encrypted.resolve("v1")));
    for (const key of [privateJwk, await importPrivateKey(await readFile(place.at("rsa.pem")))]) {
      expect(await decryptAll(encrypted, manifest, key)).toEqual(
        image.blobs.map((blob) => Buffer.from(blob)),
      );
    }
  });

  async function expectLayers(directory: string, image: SampleImage): Promise<void> {
    const layout = await openLayout(directory);
    const manifest = parseManifest(await readAll(layout, await layout.resolve("v1")));
    expect(manifest.layers.map(({ digest }) => digest)).toEqual(
      image.manifest.layers.map(({ digest }) => digest),
    );
    expect(manifest.config.digest).toBe(image.manifest.config.digest);
    for (const [i, layer] of manifest.layers.entries()) {
      expect(Buffer.from(await readAll(layout, layer)).equals(image.blobs[i] as Uint8Array)).toBe(true);
    }
  }
});

/** Encrypts all layers of an image and pushes it, as tag `v1`. */
async function publish(
  image: SampleImage,
  recipients: readonly PublicJwk[],
  repository: RemoteRepository,
): Promise<Manifest> {
  const layers: Descriptor[] = [];
  for (const layer of image.manifest.layers) {
    const encryption = encryptLayer(layer, image.target.fetch(layer), { recipients });
    const chunks: Uint8Array[] = [];
    for await (const chunk of encryption.content) chunks.push(chunk);
    const descriptor = encryption.result();
    await repository.push(descriptor, Buffer.concat(chunks));
    layers.push(descriptor);
  }
  await repository.push(image.manifest.config, image.target.fetch(image.manifest.config));
  const manifest: Manifest = { ...image.manifest, layers };
  const bytes = encodeCanonicalJson(manifest);
  const descriptor = describeBytes(String(manifest.mediaType), bytes);
  await repository.push(descriptor, bytes);
  await repository.tag(descriptor, "v1");
  return manifest;
}

async function decryptAll(
  source: { fetch(descriptor: Descriptor): AsyncIterable<Uint8Array> },
  manifest: Manifest,
  key: PrivateJwk,
): Promise<Buffer[]> {
  const plain: Buffer[] = [];
  for (const layer of manifest.layers) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of decryptLayer(layer, () => source.fetch(layer), { keys: [key] }))
      chunks.push(chunk);
    plain.push(Buffer.concat(chunks));
  }
  return plain;
}
