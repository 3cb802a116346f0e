import { mediaTypes, ociErrors, sha256Digest } from "@apoc/oci";
import { ocicryptErrors } from "ocicrypt-js";
import { expect, onTestFinished, test } from "vitest";
import { admittedImage } from "../../testing/admitted-image.ts";
import { collect, released, type SampleOptions } from "../../testing/sample-image.ts";
import { openImage } from "./loadable-image.ts";

async function admitted(options: SampleOptions) {
  const scene = await admittedImage(options);
  onTestFinished(() => scene.dispose());
  return scene;
}

test("a licensed image comes out decrypted, with its layers in order and open as often as wanted", async () => {
  const { image, open } = await admitted({ encrypted: true });
  const loadable = await openImage(await open());
  expect(sha256Digest(loadable.config)).toBe(image.manifest.config.digest);
  for (let turn = 0; turn < 2; turn++) {
    expect(await Promise.all(loadable.layers.map((layer) => collect(layer.open())))).toEqual(image.plain);
  }
  expect(loadable.layers.map(({ descriptor }) => descriptor)).toEqual(
    image.plain.map((bytes, index) => ({
      mediaType: mediaTypes.layerGzip,
      digest: image.config.rootfs.diff_ids[index],
      size: bytes.length,
    })),
  );
});

test("a publisher's own image is passed on as it is", async () => {
  const { image, open } = await admitted({});
  const loadable = await openImage(await open());
  expect(await collect(loadable.layers[0]!.open())).toEqual(image.plain[0]);
});

test("a layer that is not what the config's diffID says never ends: plain and encrypted alike", async () => {
  const wrong = sha256Digest(new TextEncoder().encode("somebody else's layer"));
  for (const encrypted of [false, true]) {
    const { open } = await admitted({ layers: ["mine"], diffIds: [wrong], encrypted });
    const { size, error } = await released((await openImage(await open())).layers[0]!.open());
    expect(error).toMatchObject({ code: ociErrors.DIFF_ID_MISMATCH.code, expected: wrong });
    expect(size).toBe(0);
  }
});

test("keys of another image with the same layers release nothing", async () => {
  const options = { layers: ["mine"], encrypted: true };
  const [mine, other] = [await admitted(options), await admitted(options)];
  const { layerKeys } = await other.open();
  const loadable = await openImage({ ...(await mine.open()), layerKeys: layerKeys! });
  const { size, error } = await released(loadable.layers[0]!.open());
  expect(error).toMatchObject({ code: ocicryptErrors.HMAC_MISMATCH.code });
  expect(size).toBe(0);
});
