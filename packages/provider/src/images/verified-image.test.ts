import { gzipSync } from "node:zlib";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdmissionImage, License, ProtectedDigest } from "@apoc/core";
import { mediaTypes, ociErrors, sha256Digest } from "@apoc/oci";
import { ocicryptErrors } from "ocicrypt-js";
import { expect, onTestFinished, test } from "vitest";
import { collect, once, type SampleImage, type SampleOptions, sampleImage } from "../testing/sample-image.ts";
import { createGuardedFetch } from "../network/index.ts";
import { ContentStore } from "./content-store.ts";
import { ImagePuller } from "./image-puller.ts";
import { buildVerifiedImage } from "./verified-image.ts";
import { verifyDiffId } from "./verify-diff-id.ts";

const license = { developer: `eip155:31337:0x${"11".repeat(20)}` } as unknown as License;

/** The image in a content store, as admission leaves it. */
async function admitted(options: SampleOptions) {
  const image = await sampleImage(options);
  const folder = await mkdtemp(join(tmpdir(), "apoc-verified-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const store = await ContentStore.open(folder, 1_000_000_000);
  const puller = new ImagePuller({
    store,
    maxImageBytes: 1_000_000_000,
    fetch: createGuardedFetch(),
    openRepository: () => image.repository,
  });
  const admission: AdmissionImage = await puller.pull(image.reference);
  if (image.key !== undefined) Object.assign(admission, { license, imageKey: image.key });
  const protectedEntries: ProtectedDigest[] = [];
  const build = () =>
    buildVerifiedImage(admission, store, async (entries) => void protectedEntries.push(...entries));
  return { image, store, admission, build, protectedEntries };
}

/** Reads a layer and gives the bytes that came out, also when it fails. */
async function released(content: AsyncIterable<Uint8Array>) {
  let size = 0;
  try {
    for await (const chunk of content) size += chunk.length;
    return { size };
  } catch (error) {
    return { size, error };
  }
}

function layersOf({ plain }: SampleImage): Uint8Array[] {
  return plain.map((bytes) => bytes);
}

test("a licensed image comes out decrypted, with its layers in order and open as often as wanted", async () => {
  const { image, build, protectedEntries, admission } = await admitted({ encrypted: true });
  const verified = await build();
  expect(sha256Digest(verified.config)).toBe(image.manifest.config.digest);
  for (let turn = 0; turn < 2; turn++) {
    expect(await Promise.all(verified.layers.map((layer) => collect(layer.open())))).toEqual(layersOf(image));
  }
  expect(verified.layers.map(({ descriptor }) => descriptor)).toEqual(
    image.plain.map((bytes, index) => ({
      mediaType: mediaTypes.layerGzip,
      digest: image.config.rootfs.diff_ids[index],
      size: bytes.length,
    })),
  );
  expect(protectedEntries.map(({ digest }) => digest)).toEqual([
    ...admission.manifest.layers.map(({ digest }) => digest),
    ...admission.config.rootfs.diff_ids,
  ]);
});

test("digests are protected before anything can be decrypted: if that fails, nothing is given out", async () => {
  const { admission, store } = await admitted({ encrypted: true });
  const failing = buildVerifiedImage(admission, store, () => {
    throw new Error("disk full");
  });
  await expect(failing).rejects.toThrow("disk full");
});

test("a publisher's own image is passed on as it is, and protects nothing", async () => {
  const { image, build, protectedEntries } = await admitted({});
  const verified = await build();
  expect(await collect(verified.layers[0]!.open())).toEqual(image.plain[0]);
  expect(protectedEntries).toEqual([]);
});

test("a layer that is not what the config's diffID says never ends: plain and encrypted alike", async () => {
  const wrong = sha256Digest(new TextEncoder().encode("somebody else's layer"));
  for (const encrypted of [false, true]) {
    const { build } = await admitted({ layers: ["mine"], diffIds: [wrong], encrypted });
    const { size, error } = await released((await build()).layers[0]!.open());
    expect(error).toMatchObject({ code: ociErrors.DIFF_ID_MISMATCH.code, expected: wrong });
    expect(size).toBe(0);
  }
});

test("another image's key opens nothing", async () => {
  const { admission, store } = await admitted({ encrypted: true });
  const other = await sampleImage({ encrypted: true });
  Object.assign(admission, { imageKey: other.key });
  await expect(buildVerifiedImage(admission, store, async () => {})).rejects.toMatchObject({
    code: ocicryptErrors.NO_MATCHING_KEY.code,
  });
});

test("the same encrypted blob twice is refused", async () => {
  const { admission, store } = await admitted({ encrypted: true, layers: ["one"] });
  const [layer] = admission.manifest.layers;
  const [diffId] = admission.config.rootfs.diff_ids;
  const twice: AdmissionImage = {
    ...admission,
    manifest: { ...admission.manifest, layers: [layer!, layer!] },
    config: { ...admission.config, rootfs: { type: "layers", diff_ids: [diffId!, diffId!] } },
  };
  await expect(buildVerifiedImage(twice, store, async () => {})).rejects.toMatchObject({
    code: ocicryptErrors.LAYER_REPEATED.code,
  });
});

test("a layer of many chunks is released up to its last chunk only when its diffID fails at the end", async () => {
  const content = new Uint8Array(3_000_000).map((_, index) => (index * 2654435761) >>> 24);
  const bytes = new Uint8Array(gzipSync(content));
  async function* chunked() {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  }
  const descriptor = { mediaType: mediaTypes.layerGzip, digest: sha256Digest(bytes) };
  expect(await released(verifyDiffId(descriptor, chunked(), sha256Digest(content)))).toEqual({
    size: bytes.length,
  });
  const failed = await released(verifyDiffId(descriptor, chunked(), sha256Digest(bytes)));
  expect(failed.error).toMatchObject({ code: ociErrors.DIFF_ID_MISMATCH.code });
  expect(failed.size).toBeLessThan(bytes.length);
});

test("decompression bombs and what is no gzip end with their codes", async () => {
  const content = new Uint8Array(10_000_000);
  const bytes = new Uint8Array(gzipSync(content));
  const descriptor = { mediaType: mediaTypes.layerGzip, digest: sha256Digest(bytes) };
  const bomb = verifyDiffId(descriptor, once(bytes), sha256Digest(content), { limit: 1_000_000 });
  expect((await released(bomb)).error).toMatchObject({ code: ociErrors.CONTENT_TOO_LARGE.code });
  const noise = verifyDiffId(descriptor, once(new Uint8Array(1000).fill(7)), sha256Digest(content));
  expect((await released(noise)).error).toMatchObject({ code: ociErrors.COMPRESSION_INVALID.code });
  const cut = verifyDiffId(descriptor, once(bytes.subarray(0, bytes.length - 9)), sha256Digest(content));
  expect((await released(cut)).error).toMatchObject({ code: ociErrors.COMPRESSION_INVALID.code });
});

test("a plain tar is compared as it is", async () => {
  const bytes = new TextEncoder().encode("tar");
  const descriptor = { mediaType: mediaTypes.layerTar, digest: sha256Digest(bytes) };
  expect(await released(verifyDiffId(descriptor, once(bytes), sha256Digest(bytes)))).toEqual({ size: 3 });
  const other = sha256Digest(new TextEncoder().encode("rat"));
  expect((await released(verifyDiffId(descriptor, once(bytes), other))).size).toBe(0);
});
