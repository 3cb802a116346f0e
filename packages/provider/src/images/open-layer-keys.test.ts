import type { AdmissionImage } from "@apoc/core";
import { ocicryptErrors } from "ocicrypt-js";
import { expect, onTestFinished, test } from "vitest";
import { admittedImage } from "../testing/admitted-image.ts";
import { type SampleOptions, sampleImage } from "../testing/sample-image.ts";
import { openLayerKeys } from "./open-layer-keys.ts";

async function admitted(options: SampleOptions) {
  const scene = await admittedImage(options);
  onTestFinished(() => scene.dispose());
  return scene;
}

test("a licensed image gets a key a layer", async () => {
  const { open, admission, store } = await admitted({ encrypted: true });
  const { digest, manifest, config, blobs, layerKeys } = await open();
  expect({ digest, manifest, config }).toEqual({
    digest: admission.digest,
    manifest: admission.manifest,
    config: admission.config,
  });
  expect(blobs).toBe(store);
  expect(layerKeys).toHaveLength(manifest.layers.length);
});

test("a publisher's own image needs no keys", async () => {
  const { open } = await admitted({});
  expect(await open()).not.toHaveProperty("layerKeys");
});

test("another image's key opens nothing", async () => {
  const { admission, open } = await admitted({ encrypted: true });
  const other = await sampleImage({ encrypted: true });
  Object.assign(admission, { imageKey: other.key });
  await expect(open()).rejects.toMatchObject({ code: ocicryptErrors.NO_MATCHING_KEY.code });
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
  await expect(openLayerKeys(twice, store)).rejects.toMatchObject({
    code: ocicryptErrors.LAYER_REPEATED.code,
  });
});
