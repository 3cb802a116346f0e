import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { copy, mediaTypes, MemoryTarget } from "@apoc/oci";
import { openDestination, openSource } from "@apoc/oci/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describe as describeBytes, sampleImage, type SampleImage } from "../sample-image.ts";
import { skopeoPresent, Workplace } from "../skopeo.ts";

const present = await skopeoPresent();
const run = promisify(execFile);

describe("archives that we write", () => {
  let place: Workplace;
  let image: SampleImage;
  beforeAll(async () => {
    place = await Workplace.create();
    image = await sampleImage();
  });
  afterAll(() => place.remove());

  async function write(name: string, from: SampleImage = image): Promise<void> {
    const destination = await openDestination(name);
    try {
      const tags = destination.tag === undefined ? [] : [destination.tag];
      await copy(from.target, "latest", destination.target, { tags });
      await destination.finish();
    } catch (error) {
      await destination.discard();
      throw error;
    }
  }

  test("an OCI archive holds the same image, and the same bytes each time", async () => {
    const [one, two] = [place.at("one.tar"), place.at("two.tar")];
    await write(`oci-archive:${one}:v1`);
    await write(`oci-archive:${two}:v1`);
    expect((await readFile(one)).equals(await readFile(two))).toBe(true);
    const { source, reference } = await openSource(`oci-archive:${one}:v1`);
    const target = new MemoryTarget();
    expect((await copy(source, reference, target)).root.digest).toBe(image.descriptor.digest);
    expect((await run("tar", ["-tf", one])).stdout.trim().split("\n").slice(-2)).toEqual([
      "index.json",
      "oci-layout",
    ]);
  });

  test.runIf(present).for(["oci-archive", "docker-archive"])("skopeo reads our %s", async (transport) => {
    const file = place.at(`${transport}.tar`);
    await write(`${transport}:${file}:registry.example/app:v2`);
    const out = place.at(`${transport}.out`);
    await place.skopeo("copy", `${transport}:${file}:registry.example/app:v2`, `dir:${out}`);
    const manifest = JSON.parse(await readFile(`${out}/manifest.json`, "utf8")) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    expect(manifest.config.digest).toBe(image.manifest.config.digest);
    const layers =
      transport === "oci-archive"
        ? image.manifest.layers.map(({ digest }) => digest)
        : image.config.rootfs.diff_ids;
    expect(manifest.layers.map(({ digest }) => digest)).toEqual(layers);
  });

  test("a docker archive is read back as the same layers", async () => {
    const file = place.at("back.tar");
    await write(`docker-archive:${file}:registry.example/app:v3`);
    const { source, reference } = await openSource(`docker-archive:${file}:registry.example/app:v3`);
    const target = new MemoryTarget();
    const { copied } = await copy(source, reference, target);
    expect(copied).toBe(4);
  });

  test("a docker archive refuses encrypted layers, indexes and foreign diffIDs", async () => {
    const before = await readdir(place.path);
    const encrypted = await sampleImage();
    const [layer, ...rest] = encrypted.manifest.layers;
    const destination = await openDestination(`docker-archive:${place.at("x.tar")}`);
    const type = `${mediaTypes.layerGzip}+encrypted`;
    await expect(
      destination.target.push({ ...layer!, mediaType: type }, encrypted.blobs[0]!),
    ).rejects.toMatchObject({ code: "APOC-1026" });
    await expect(
      destination.target.push({ ...layer!, mediaType: mediaTypes.index }, encrypted.blobs[0]!),
    ).rejects.toMatchObject({ code: "APOC-1026" });
    const swapped = { ...encrypted.manifest, layers: [...rest, layer!] };
    const bytes = Buffer.from(JSON.stringify(swapped));
    await copy(encrypted.target, "latest", destination.target);
    await expect(
      destination.target.push(describeBytes(mediaTypes.manifest, bytes), bytes),
    ).rejects.toMatchObject({ code: "APOC-1012" });
    await destination.discard();
    expect(await readdir(place.path)).toEqual(before);
  });

  test("incomplete content leaves no trace in the archive", async () => {
    const { config } = image.manifest;
    const file = place.at("broken.tar");
    const destination = await openDestination(`oci-archive:${file}`);
    const { target } = destination;
    await expect(target.push(image.manifest.layers[1]!, image.blobs[0]!)).rejects.toMatchObject({
      code: "APOC-1011",
    });
    expect(await target.exists(image.manifest.layers[1]!)).toBe(false);
    await copy(image.target, "latest", target);
    await destination.finish();
    const { source, reference } = await openSource(`oci-archive:${file}`);
    const again = new MemoryTarget();
    await copy(source, reference, again);
    expect(await again.exists(config)).toBe(true);
    expect((await run("tar", ["-tf", file])).stdout.trim().split("\n")).toHaveLength(6);
  });

  test("a destination is named by its transport, in a registry by tag", async () => {
    await expect(openDestination("registry.example/app")).rejects.toMatchObject({ code: "APOC-1045" });
    await expect(
      openDestination(`docker://registry.example/app@${image.descriptor.digest}`),
    ).rejects.toMatchObject({ code: "APOC-1001" });
    expect((await openDestination("docker://registry.example/app")).tag).toBe("latest");
  });
});
