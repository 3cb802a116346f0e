import { expect, test } from "vitest";
import {
  copy,
  type CopyEvent,
  type Descriptor,
  type Index,
  MemoryTarget,
  mediaTypes,
  ociErrors,
  resolvePlatform,
} from "./index.ts";
import { store, storeImage } from "./sample-image.test.data.ts";

async function twoPlatforms(): Promise<{ source: MemoryTarget; root: Descriptor; images: Descriptor[] }> {
  const source = new MemoryTarget();
  const images: Descriptor[] = [];
  for (const architecture of ["amd64", "arm64"]) {
    images.push({ ...(await storeImage(source, architecture)), platform: { os: "linux", architecture } });
  }
  const root = await store(source, { schemaVersion: 2, mediaType: mediaTypes.index, manifests: images });
  await source.tag(root, "v1");
  return { source, root, images };
}

test("an index is copied with all it consists of, shared blobs once", async () => {
  const { source, root, images } = await twoPlatforms();
  const target = new MemoryTarget();
  const events: CopyEvent[] = [];
  const options = { tags: ["a", "b"], onProgress: (event: CopyEvent) => void events.push(event) };
  const result = await copy(source, "v1", target, options);
  expect(result.root).toEqual(root);
  // 2 configs, 3 layers of which one is shared, 2 manifests, 1 index
  expect([result.copied, result.skipped]).toEqual([8, 0]);
  const kinds = (kind: string) => events.filter((event) => event.kind === kind);
  expect([kinds("copied").length, kinds("started").length]).toEqual([8, 5]);
  for (const { bytes, descriptor } of kinds("copied")) expect(bytes).toBe(descriptor.size);
  const passed = kinds("progress").reduce((sum, { bytes }) => sum + bytes, 0);
  const documents = [root, ...images].reduce((sum, { size }) => sum + size, 0);
  expect(result.bytes).toBe(passed + documents);
  for (const tag of ["a", "b"]) expect(await target.resolve(tag)).toEqual(root);
  for (const image of images) expect(await target.exists(image)).toBe(true);
  expect(await copy(source, "v1", target)).toMatchObject({ copied: 0, skipped: 1, bytes: 0 });
});

test("one platform of an index is copied alone", async () => {
  const { source, images } = await twoPlatforms();
  const target = new MemoryTarget();
  const platform = { os: "linux", architecture: "arm64" };
  const { root, copied } = await copy(source, "v1", target, { platform });
  expect(root.digest).toBe(images[1]?.digest);
  expect(copied).toBe(4);
});

test("the platform manifest is found, also in an index of an index", async () => {
  const { source, root, images } = await twoPlatforms();
  const outer = await store(source, { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [root] });
  for (const [i, architecture] of ["amd64", "arm64"].entries()) {
    const found = await resolvePlatform(source, outer, { os: "linux", architecture });
    expect(found.digest).toBe(images[i]?.digest);
  }
  await expect(resolvePlatform(source, root, { os: "linux", architecture: "riscv64" })).rejects.toMatchObject(
    {
      code: ociErrors.PLATFORM_NOT_FOUND.code,
      actual: "linux/amd64, linux/arm64",
    },
  );
});

test("indexes in indexes end somewhere", async () => {
  const { source, root } = await twoPlatforms();
  let nested = root;
  for (let i = 0; i < 4; i++) {
    const index: Index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [nested] };
    nested = await store(source, index);
  }
  const tooDeep = { code: ociErrors.INDEX_TOO_DEEP.code };
  await expect(resolvePlatform(source, nested, { os: "x", architecture: "x" })).rejects.toMatchObject(
    tooDeep,
  );
  await expect(copy(source, nested.digest, new MemoryTarget())).rejects.toMatchObject(tooDeep);
});

test("a broken source leaves no manifest behind", async () => {
  const { source, images } = await twoPlatforms();
  const target = new MemoryTarget();
  const broken = {
    resolve: (reference: string) => source.resolve(reference),
    referrers: (subject: Descriptor["digest"]) => source.referrers(subject),
    async *fetch(descriptor: Descriptor) {
      for await (const chunk of source.fetch(descriptor)) {
        yield descriptor.mediaType === mediaTypes.layerTar ? chunk.toReversed() : chunk;
      }
    },
  };
  await expect(copy(broken, "v1", target)).rejects.toMatchObject({ code: ociErrors.DIGEST_MISMATCH.code });
  for (const image of images) expect(await target.exists(image)).toBe(false);
});

test("referrers are found by subject and artifact type", async () => {
  const { source, root } = await twoPlatforms();
  const empty = { mediaType: mediaTypes.empty, digest: root.digest, size: 2 };
  const referrer = await store(source, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: "application/vnd.example",
    config: empty,
    layers: [],
    subject: root,
    annotations: { a: "b" },
  });
  const expected = { ...referrer, artifactType: "application/vnd.example", annotations: { a: "b" } };
  expect(await source.referrers(root.digest)).toEqual([expected]);
  expect(await source.referrers(root.digest, "application/vnd.example")).toEqual([expected]);
  expect(await source.referrers(root.digest, "application/vnd.other")).toEqual([]);
  expect(await source.referrers(referrer.digest)).toEqual([]);
});
