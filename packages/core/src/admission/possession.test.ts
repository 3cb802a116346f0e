import { mediaTypes, sha256Digest } from "@apoc/oci";
import { stringToBytes } from "viem";
import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import type { PulledImage } from "./images.ts";
import { baseFiles, pulledImage } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

const refused = { possession: admissionErrors.LAYER_NOT_POSSESSED.code };

test("licensed images of two developers and an own image share a public base layer", async () => {
  const ownImage = ({ config, manifest }: PulledImage) => {
    const base = { mediaType: mediaTypes.layerTar, digest: sha256Digest(baseFiles), size: baseFiles.length };
    const diff_ids = [base.digest, ...config.rootfs.diff_ids];
    return pulledImage(
      "pia/web",
      { ...config, rootfs: { type: "layers", diff_ids } },
      { layers: [base, ...manifest.layers] },
    );
  };
  expect(await refusals({ partner: true, ownImage })).toEqual({});
});

test("the publisher's image names a diffID of the licensed image over a blob of its own", async () => {
  const ownImage = (own: PulledImage, licensed: PulledImage) => {
    const diff_ids = licensed.config.rootfs.diff_ids.slice(1);
    return pulledImage(
      "pia/web",
      { ...own.config, rootfs: { type: "layers", diff_ids } },
      { layers: own.manifest.layers },
    );
  };
  expect(await refusals({ ownImage })).toEqual(refused);
});

test("the publisher's image names a licensed layer by its diffID, and no registry has its bytes", async () => {
  const ownImage = (own: PulledImage, licensed: PulledImage) => {
    const [, diffId] = licensed.config.rootfs.diff_ids;
    const layer = { mediaType: mediaTypes.layerTar, digest: diffId!, size: 10 };
    return pulledImage(
      "pia/web",
      { ...own.config, rootfs: { type: "layers", diff_ids: [diffId!] } },
      { layers: [layer] },
    );
  };
  expect(await refusals({ ownImage })).toEqual({ possession: admissionErrors.IMAGE_UNAVAILABLE.code });
});

test("one layer is the image's own, another one is not", async () => {
  const ownImage = (own: PulledImage, licensed: PulledImage) => {
    const diff_ids = [...own.config.rootfs.diff_ids, licensed.config.rootfs.diff_ids[1]!];
    const [layer] = own.manifest.layers;
    return pulledImage(
      "pia/web",
      { ...own.config, rootfs: { type: "layers", diff_ids } },
      { layers: [layer!, layer!] },
    );
  };
  expect(await refusals({ ownImage })).toEqual(refused);
});

test("a developer's image that is not what its config says", async () => {
  const config = (c: PulledImage["config"]) => {
    const [base] = c.rootfs.diff_ids;
    return {
      ...c,
      rootfs: { type: "layers" as const, diff_ids: [base!, sha256Digest(stringToBytes("other"))] },
    };
  };
  expect(await refusals({ config })).toEqual(refused);
});
