import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { copy, parseManifest, readAll } from "@apoc/oci";
import { decompressLayer, openLayout, openSource } from "@apoc/oci/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleImage, type SampleImage } from "../sample-image.ts";
import { podmanPresent } from "../peers/programs.ts";
import { skopeoPresent, Workplace } from "../skopeo.ts";

const run = promisify(execFile);
const present = (await podmanPresent()) && (await skopeoPresent());

describe.runIf(present)("archives of podman save", () => {
  let place: Workplace;
  let image: SampleImage;

  /** A storage of its own in the folder, so that the machine's images are not touched. */
  const podman = (...args: string[]) => {
    const storage = ["--root", place.at("root"), "--runroot", place.at("run"), "--storage-driver", "vfs"];
    return run("podman", [...storage, ...args]);
  };

  beforeAll(async () => {
    place = await Workplace.create();
    image = await sampleImage();
    await copy(image.target, "latest", await openLayout(place.at("layout"), { create: true }), {
      tags: ["v1"],
    });
    await place.skopeo("copy", `oci:${place.at("layout")}:v1`, `oci-archive:${place.at("in.tar")}:v1`);
    const { stdout } = await podman("load", "-q", "-i", place.at("in.tar"));
    const id =
      stdout
        .trim()
        .split(/[\s@]+/)
        .at(-1) ?? "";
    await podman("tag", id, "registry.example/x:v3");
  });
  afterAll(() => place.remove());

  test.for(["docker-archive", "oci-archive"])("%s", async (format) => {
    const file = place.at(`${format}.tar`);
    await podman("save", "-q", "--format", format, "-o", file, "registry.example/x:v3");
    const { source, reference, transport } = await openSource(file);
    expect(transport).toBe(format);
    expect(await source.resolve("v3")).toEqual(await source.resolve(reference));
    const manifest = parseManifest(await readAll(source, await source.resolve(reference)));
    expect(manifest.config.digest).toBe(image.manifest.config.digest);
    for (const [i, layer] of manifest.layers.entries()) {
      const chunks: Uint8Array[] = [];
      const diffId = image.config.rootfs.diff_ids[i] ?? "sha256:";
      for await (const chunk of decompressLayer(layer, source.fetch(layer), diffId)) chunks.push(chunk);
      expect(Buffer.concat(chunks).equals(image.tars[i] as Uint8Array)).toBe(true);
    }
  });
});
