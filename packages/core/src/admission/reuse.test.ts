import { expect, test } from "vitest";
import { type ImageConfig, mediaTypes } from "@apoc/oci";
import { admissionErrors } from "../errors.ts";
import type { PulledImage } from "./admission.ts";
import { otherDigest, people, pulledImage } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

const refused = { reuse: admissionErrors.REUSED_CONTENT.code };

test("the publisher's image names a diffID of the licensed image of the same pod", async () => {
  const ownImage = (own: PulledImage, licensed: PulledImage) => {
    const [diffId] = licensed.config.rootfs.diff_ids;
    const layer = { mediaType: mediaTypes.layerTar, digest: diffId!, size: 10 };
    return pulledImage(
      "pia/web",
      { ...own.config, rootfs: { type: "layers", diff_ids: [diffId!] } },
      { layers: [layer] },
    );
  };
  expect(await refusals({ ownImage })).toEqual(refused);
});

test("the publisher's image names the diffID with a blob of its own", async () => {
  const ownImage = (own: PulledImage, licensed: PulledImage) => {
    const diff_ids = licensed.config.rootfs.diff_ids.slice(0, 1);
    return pulledImage(
      "pia/web",
      { ...own.config, rootfs: { type: "layers", diff_ids } },
      { layers: own.manifest.layers },
    );
  };
  expect(await refusals({ ownImage })).toEqual(refused);
});

test("an image names what was decrypted here long ago for another developer", async () => {
  let named = otherDigest;
  const ownImage = (own: PulledImage) => {
    named = own.config.rootfs.diff_ids[0]!;
    return own;
  };
  const entry = { image: otherDigest, developer: `eip155:31337:${people.stranger.address}` };
  const protectedDigests = [
    {
      ...entry,
      get digest() {
        return named;
      },
    },
  ];
  expect(await refusals({ ownImage, protectedDigests })).toEqual(refused);
});

test("what the same developer's other images brought is its own to use", async () => {
  let named = otherDigest;
  const developer = `eip155:31337:${people.developer.address}`;
  const protectedDigests = [
    {
      image: otherDigest,
      developer,
      get digest() {
        return named;
      },
    },
  ];
  const config = (c: ImageConfig) => {
    named = c.rootfs.diff_ids[0]!;
    return c;
  };
  expect(await refusals({ config, protectedDigests })).toEqual({});
});
