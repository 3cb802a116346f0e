import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdmissionImage, License } from "@apoc/core";
import { type Descriptor, sha256Digest } from "@apoc/oci";
import { ocicryptErrors } from "ocicrypt-js";
import { expect, onTestFinished, test, vi } from "vitest";
import { createGuardedFetch } from "../network/index.ts";
import { type SampleOptions, sampleImage } from "../testing/sample-image.ts";
import { ContentDigests } from "./content-digests.ts";
import { ContentStore } from "./content-store.ts";
import { ImagePuller } from "./image-puller.ts";

const license = { developer: `eip155:31337:0x${"11".repeat(20)}` } as unknown as License;

async function setUp(options: SampleOptions) {
  const folder = await mkdtemp(join(tmpdir(), "apoc-digests-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const sample = await sampleImage(options);
  const store = await ContentStore.open(folder, 1_000_000_000);
  const puller = new ImagePuller({
    store,
    maxImageBytes: 1_000_000_000,
    fetch: createGuardedFetch(),
    openRepository: () => sample.repository,
  });
  const pulled = await puller.pull(sample.reference);
  const image: AdmissionImage =
    sample.key === undefined
      ? pulled
      : { ...pulled, license, licenseHash: `0x${"22".repeat(32)}`, imageKey: sample.key };
  return { sample, store, image, digests: new ContentDigests(store, puller) };
}

test.each([false, true])("layers yield what the config names; encrypted: %s", async (encrypted) => {
  const { image, digests, store } = await setUp({ encrypted });
  expect(store.size(image.manifest.layers[0]!.digest)).toBeUndefined();
  expect(await digests.of(image)).toEqual(image.config.rootfs.diff_ids);
});

test.each([false, true])(
  "layers yield what they hold, whatever the config names; encrypted: %s",
  async (encrypted) => {
    const claimed = sha256Digest(new TextEncoder().encode("somebody else's layer"));
    const { image, digests } = await setUp({ layers: ["mine"], diffIds: [claimed], encrypted });
    expect(await digests.of(image)).toEqual([sha256Digest(new TextEncoder().encode("mine"))]);
  },
);

test("an image is read once, and pulled again each time, since its blobs may be evicted", async () => {
  const { image, digests, store } = await setUp({ encrypted: true });
  const read = vi.spyOn(store, "fetch");
  await digests.of(image);
  const count = read.mock.calls.length;
  const ensured = vi.spyOn(store, "ensure");
  await digests.of(image);
  expect(read.mock.calls.length).toBe(count);
  expect(ensured.mock.calls.map(([blob]: [Descriptor, unknown]) => blob.digest)).toEqual(
    image.manifest.layers.map(({ digest }) => digest),
  );
});

test("a key that opens nothing is refused, and no failure is kept", async () => {
  const { image, digests, sample } = await setUp({ encrypted: true });
  const other = await sampleImage({ encrypted: true });
  await expect(digests.of({ ...image, imageKey: other.key } as AdmissionImage)).rejects.toMatchObject({
    code: ocicryptErrors.NO_MATCHING_KEY.code,
  });
  expect(await digests.of(image)).toEqual(sample.config.rootfs.diff_ids);
});
