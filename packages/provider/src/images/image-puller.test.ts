import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { admissionErrors, apiErrors, type PulledImage } from "@apoc/core";
import { type Content, type Descriptor, mediaTypes, sha256Digest, type Source } from "@apoc/oci";
import { expect, onTestFinished, test } from "vitest";
import { once, sampleImage } from "../testing/sample-image.ts";
import { createGuardedFetch } from "../network/index.ts";
import { ContentStore } from "./content-store.ts";
import { ImagePuller } from "./image-puller.ts";

async function setUp(source: Source, maxImageBytes = 1_000_000) {
  const folder = await mkdtemp(join(tmpdir(), "apoc-pull-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const store = await ContentStore.open(folder, 10_000_000);
  return {
    store,
    puller: new ImagePuller({
      store,
      maxImageBytes,
      fetch: createGuardedFetch(),
      openRepository: () => source,
    }),
  };
}

/** The source with another answer for one digest. */
function lying(source: Source, digest: string, answer: Uint8Array): Source {
  return {
    resolve: (reference) => source.resolve(reference),
    referrers: (subject) => source.referrers(subject),
    fetch: (descriptor: Descriptor): Content =>
      descriptor.digest === digest ? once(answer) : source.fetch(descriptor),
  };
}

const silent: Source = {
  resolve: () => Promise.reject(new Error("connection refused")),
  referrers: async () => [],
  fetch: () => {
    throw new Error("connection refused");
  },
};

/** The image with all its blobs. */
async function whole(puller: ImagePuller, reference: string): Promise<PulledImage> {
  const image = await puller.pull(reference);
  await puller.pullBlobs(image);
  return image;
}

test("a pull has manifest and config only, until its blobs are pulled", async () => {
  const image = await sampleImage();
  const { store, puller } = await setUp(image.repository);
  const { manifest, config, digest, reference } = image;
  const pulled = await puller.pull(reference);
  expect(pulled).toEqual({ reference, digest, manifest, config });
  const sizes = () => manifest.layers.map((layer) => store.size(layer.digest));
  expect(sizes()).toEqual([undefined, undefined]);
  await puller.pullBlobs(pulled);
  expect(sizes()).toEqual(manifest.layers.map(({ size }) => size));
});

test("what is stored needs no registry", async () => {
  const image = await sampleImage();
  const { store, puller } = await setUp(image.repository);
  await whole(puller, image.reference);
  const options = {
    store,
    maxImageBytes: 1_000_000,
    fetch: createGuardedFetch(),
    openRepository: () => silent,
  };
  expect(await whole(new ImagePuller(options), image.reference)).toMatchObject({ digest: image.digest });
});

test("a registry that serves other bytes", async () => {
  const image = await sampleImage();
  const [layer] = image.manifest.layers;
  for (const { digest, size } of [layer!, image.manifest.config]) {
    const { puller } = await setUp(lying(image.repository, digest, new Uint8Array(size)));
    await expect(whole(puller, image.reference)).rejects.toMatchObject({
      code: admissionErrors.IMAGE_DIGEST.code,
      field: image.reference,
    });
  }
});

test("an image that is not there, a registry that does not answer, a name without digest", async () => {
  const image = await sampleImage();
  const { puller } = await setUp(image.repository);
  const absent = image.reference.replace(/[0-9a-f]{8}$/, "00000000");
  await expect(puller.pull(absent)).rejects.toMatchObject({ code: admissionErrors.IMAGE_UNAVAILABLE.code });
  const { puller: mute } = await setUp(silent);
  await expect(mute.pull(image.reference)).rejects.toMatchObject({
    code: admissionErrors.IMAGE_UNAVAILABLE.code,
  });
  await expect(puller.pull("registry.example/ada/app:1")).rejects.toMatchObject({
    code: admissionErrors.IMAGE_NOT_PINNED.code,
  });
});

test("the digest of an index names no image", async () => {
  const image = await sampleImage();
  const entry = { mediaType: mediaTypes.manifest, digest: image.digest, size: 1 };
  const bytes = new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [entry] }),
  );
  const index = { mediaType: mediaTypes.index, digest: sha256Digest(bytes), size: bytes.length };
  await image.repository.push(index, bytes);
  const { puller } = await setUp(image.repository);
  await expect(puller.pull(`registry.example/ada/app@${index.digest}`)).rejects.toMatchObject({
    code: admissionErrors.IMAGE_PLATFORM.code,
  });
});

test("an image above the limit is refused by its manifest, before a layer is fetched", async () => {
  const image = await sampleImage();
  const { store, puller } = await setUp(image.repository, 100);
  await expect(puller.pull(image.reference)).rejects.toMatchObject({
    code: apiErrors.IMAGE_TOO_LARGE.code,
  });
  expect(store.size(image.manifest.layers[0]!.digest)).toBeUndefined();
});

test("registries of this machine are not asked by a guarded fetch, and that is no unavailable image", async () => {
  const { reference } = await sampleImage();
  const { store } = await setUp(silent);
  const puller = new ImagePuller({ store, maxImageBytes: 1, fetch: createGuardedFetch() });
  for (const host of ["127.0.0.1:5000", "localhost:5000", "[::1]:5000"]) {
    await expect(puller.pull(reference.replace("registry.example", host))).rejects.toMatchObject({
      code: apiErrors.ADDRESS_PRIVATE.code,
    });
  }
});
