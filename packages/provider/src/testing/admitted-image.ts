import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdmissionImage, License } from "@apoc/core";
import { ContentStore, ImagePuller, openLayerKeys } from "../images/index.ts";
import { createGuardedFetch } from "../network/index.ts";
import { type SampleOptions, sampleImage } from "./sample-image.ts";

const license = { developer: `eip155:31337:0x${"11".repeat(20)}` } as unknown as License;

/** A sample image in a content store, as admission leaves it. */
export async function admittedImage(options: SampleOptions) {
  const image = await sampleImage(options);
  const folder = await mkdtemp(join(tmpdir(), "apoc-admitted-"));
  const store = await ContentStore.open(folder, 1_000_000_000);
  const puller = new ImagePuller({
    store,
    maxImageBytes: 1_000_000_000,
    fetch: createGuardedFetch(),
    openRepository: () => image.repository,
  });
  const admission: AdmissionImage = await puller.pull(image.reference);
  await puller.pullBlobs(admission);
  if (image.key !== undefined) Object.assign(admission, { license, imageKey: image.key });
  return {
    image,
    store,
    admission,
    open: () => openLayerKeys(admission, store),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
