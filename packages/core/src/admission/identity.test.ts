import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import type { PodManifest } from "../manifest/pod-manifest.ts";
import type { PulledImage } from "./images.ts";
import { otherDigest, pulledImage } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

/** The pod with another reference for the publisher's own container. */
function renamed(change: (reference: string) => string) {
  return (manifest: PodManifest): PodManifest => ({
    ...manifest,
    containers: manifest.containers.map((c) => (c.name === "web" ? { ...c, image: change(c.image) } : c)),
  });
}

test("an image that the provider cannot fetch", async () => {
  const manifest = renamed(() => `registry.example/pia/web@${otherDigest}`);
  expect(await refusals({ manifest })).toEqual({ identity: admissionErrors.IMAGE_UNAVAILABLE.code });
});

test("what was fetched has another digest", async () => {
  const ownImage = (image: PulledImage) => ({ ...image, digest: otherDigest });
  expect(await refusals({ ownImage })).toEqual({ identity: admissionErrors.IMAGE_DIGEST.code });
});

test("an image that is named by tag only", async () => {
  const manifest = renamed((reference) => reference.replace(/@.*/, ":latest"));
  expect(await refusals({ manifest })).toEqual({ identity: admissionErrors.IMAGE_NOT_PINNED.code });
});

test("an image for another platform", async () => {
  const refused = { identity: admissionErrors.IMAGE_PLATFORM.code };
  expect(await refusals({ config: (config) => ({ ...config, architecture: "arm64" }) })).toEqual(refused);
  expect(await refusals({ config: (config) => ({ ...config, os: "windows" }) })).toEqual(refused);
});

/** The publisher's image with other layers, under the same config. */
const withLayers =
  (change: (layers: PulledImage["manifest"]["layers"]) => PulledImage["manifest"]["layers"]) =>
  ({ config, manifest }: PulledImage) =>
    pulledImage("pia/web", config, { layers: change(manifest.layers) });

test("an image with more layers than its config has diffIDs: the extra layer of the seeds", async () => {
  const ownImage = withLayers((layers) => [...layers, { ...layers[0]!, digest: otherDigest }]);
  expect(await refusals({ ownImage })).toEqual({ identity: admissionErrors.IMAGE_STRUCTURE.code });
});

test("a layer that lies elsewhere", async () => {
  const ownImage = withLayers(([first]) => [{ ...first!, urls: ["https://elsewhere.example/layer"] }]);
  expect(await refusals({ ownImage })).toEqual({ identity: admissionErrors.IMAGE_STRUCTURE.code });
});

test("more layers or volumes than an engine should be asked to make", async () => {
  const refused = { identity: admissionErrors.IMAGE_STRUCTURE.code };
  const stacked = (count: number) => (image: PulledImage) => {
    const layers = Array.from({ length: count }, () => image.manifest.layers[0]!);
    const diff_ids = layers.map(({ digest }) => digest);
    return pulledImage("pia/web", { ...image.config, rootfs: { type: "layers", diff_ids } }, { layers });
  };
  expect(await refusals({ ownImage: stacked(128) })).toEqual(refused);
  expect(await refusals({ ownImage: stacked(127) })).toEqual({});
  const declaring = (count: number) => (image: PulledImage) => {
    const Volumes = Object.fromEntries(Array.from({ length: count }, (_, i) => [`/v${i}`, {}]));
    return pulledImage(
      "pia/web",
      { ...image.config, config: { ...image.config.config, Volumes } },
      image.manifest,
    );
  };
  expect(await refusals({ ownImage: declaring(33) })).toEqual(refused);
  expect(await refusals({ ownImage: declaring(32) })).toEqual({});
});
