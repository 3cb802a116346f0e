import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { gunzipSync, gzipSync } from "node:zlib";
import { encodeLicense, type License, licenseAnnotation, readImageLicense } from "@apoc/core";
import {
  type Descriptor,
  type Digest,
  type ImageConfig,
  type Manifest,
  MemoryTarget,
  mediaTypes,
  readAll,
  sha256Digest,
} from "@apoc/oci";
import { decryptLayer, generateImageKey } from "ocicrypt-js";
import { expect, test } from "vitest";
import { encryptedManifest } from "./encrypted-manifest.ts";
import { encryptLayers } from "./encrypt-layers.ts";
import { assertPlain, readImage } from "./read-image.ts";

const bytesOf = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const amd64 = { os: "linux", architecture: "amd64" };
const license: License = {
  version: 1,
  developer: "eip155:31337:0x0000000000000000000000000000000000000001",
  offers: [
    {
      chain: "eip155:31337",
      contract: "0x0000000000000000000000000000000000000002",
      token: "0x0000000000000000000000000000000000000003",
      oneTime: 1n,
      perSecond: 0n,
      executionShare: 0,
      meteredCap: 0n,
    },
  ],
  policy: { args: false, env: [], mounts: [] },
};

async function put(target: MemoryTarget, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const descriptor = { mediaType, digest: sha256Digest(bytes), size: bytes.length };
  await target.push(descriptor, bytes);
  return descriptor;
}

/** A docker-typed image with a plain and a gzip layer, tagged `in`. */
async function sample(change: { manifest?: Partial<Manifest>; diffIds?: Digest[] } = {}) {
  const target = new MemoryTarget();
  const tars = [bytesOf("first tar"), bytesOf("second tar")];
  const config: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: ["/app"] },
    rootfs: { type: "layers", diff_ids: change.diffIds ?? tars.map(sha256Digest) },
  };
  const configBytes = bytesOf(`${JSON.stringify(config, null, 3)}\n`);
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: await put(target, mediaTypes.dockerConfig, configBytes),
    layers: [
      await put(target, mediaTypes.layerTar, tars[0] as Uint8Array),
      await put(target, mediaTypes.dockerLayerGzip, new Uint8Array(gzipSync(tars[1] as Uint8Array))),
    ],
    annotations: {
      "org.opencontainers.image.title": "kept",
      "org.opencontainers.image.ref.name": "dropped",
      "network.apocryph.license": "dropped",
    },
    ...change.manifest,
  };
  await target.tag(await put(target, mediaTypes.dockerManifest, bytesOf(manifest)), "in");
  return { target, tars, configBytes };
}

test("layers become gzip, encrypted with keys of their own, and decrypt to the same tar; the config stays byte for byte", async () => {
  const { target, tars, configBytes } = await sample();
  const image = await readImage(target, "in", amd64);
  const { publicJwk, privateJwk } = await generateImageKey();
  const before = (await readdir(tmpdir())).filter((name) => name.startsWith("apoc-publish-"));
  const layers = await encryptLayers({ source: target, image }, target, { recipients: [publicJwk] });
  const after = (await readdir(tmpdir())).filter((name) => name.startsWith("apoc-publish-"));
  expect(after.filter((name) => !before.includes(name))).toEqual([]);
  expect(new Set(layers.map(({ digest }) => digest)).size).toBe(2);

  const { descriptor, bytes, manifest } = encryptedManifest(image, layers, license);
  expect(descriptor.digest).toBe(sha256Digest(bytes));
  expect(manifest.config).toEqual({
    mediaType: mediaTypes.config,
    digest: sha256Digest(configBytes),
    size: configBytes.length,
  });
  expect(manifest.annotations).toEqual({
    "org.opencontainers.image.title": "kept",
    [licenseAnnotation]: encodeLicense(license),
  });
  expect(readImageLicense({ manifest }, "x")).toEqual(license);
  for (const [index, layer] of manifest.layers.entries()) {
    expect(layer.mediaType).toBe("application/vnd.oci.image.layer.v1.tar+gzip+encrypted");
    const ciphertext = await readAll(target, layer);
    const plain = await Array.fromAsync(
      decryptLayer(layer, () => chunks(ciphertext), { keys: [privateJwk] }),
    );
    expect(new Uint8Array(gunzipSync(Buffer.concat(plain)))).toEqual(tars[index]);
  }
});

test("encrypting twice gives other layers", async () => {
  const { target } = await sample();
  const image = await readImage(target, "in", amd64);
  const { publicJwk } = await generateImageKey();
  const [one, two] = await Promise.all([
    encryptLayers({ source: target, image }, target, { recipients: [publicJwk] }),
    encryptLayers({ source: target, image }, target, { recipients: [publicJwk] }),
  ]);
  expect(one.map(({ digest }) => digest)).not.toEqual(two.map(({ digest }) => digest));
});

test("a layer that is not what the config says is not published", async () => {
  const { target } = await sample({
    diffIds: [sha256Digest(bytesOf("other")), sha256Digest(bytesOf("second tar"))],
  });
  const image = await readImage(target, "in", amd64);
  const { publicJwk } = await generateImageKey();
  await expect(
    encryptLayers({ source: target, image }, target, { recipients: [publicJwk] }),
  ).rejects.toMatchObject({
    code: "APOC-1012",
  });
});

test("layers without a diffID and encrypted sources are refused", async () => {
  const short = await sample({ diffIds: [sha256Digest(bytesOf("first tar"))] });
  await expect(readImage(short.target, "in", amd64)).rejects.toMatchObject({ code: "APOC-9102" });

  const { target } = await sample();
  const image = await readImage(target, "in", amd64);
  expect(() => assertPlain(image)).not.toThrow();
  const [first] = image.manifest.layers;
  const encrypted = { ...(first as Descriptor), mediaType: `${mediaTypes.layerGzip}+encrypted` };
  const layers = [encrypted, ...image.manifest.layers.slice(1)];
  expect(() => assertPlain({ ...image, manifest: { ...image.manifest, layers } })).toThrowError(
    expect.objectContaining({ code: "APOC-9101" }),
  );
});

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
