import { stat } from "node:fs/promises";
import { copy, mediaTypes, parseManifest, readAll, RemoteRepository } from "@apoc/oci";
import { decompressLayer, normalizeLayer, openArchive, openLayout, openSource } from "@apoc/oci/node";
import { type RunningRegistry, serveRegistry } from "@apoc/devnet/registry";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleImage, type SampleImage } from "../sample-image.ts";
import { skopeoPresent, Workplace } from "../skopeo.ts";

const present = await skopeoPresent();

describe.runIf(present)("skopeo and @apoc/oci", () => {
  let place: Workplace;
  let registry: RunningRegistry;
  let image: SampleImage;

  beforeAll(async () => {
    place = await Workplace.create();
    registry = await serveRegistry({ dir: place.at("registry") });
    image = await sampleImage();
    const layout = await openLayout(place.at("layout"), { create: true });
    await copy(image.target, "latest", layout, { tags: ["v1"] });
  });
  afterAll(async () => {
    await registry.close();
    await place.remove();
  });

  test("skopeo reads our layout, pushes to our registry, and we read the same image", async () => {
    const to = `docker://${registry.host}/a/b:v1`;
    await place.skopeo("copy", "--dest-tls-verify=false", `oci:${place.at("layout")}:v1`, to);
    const { source, reference } = await openSource(to);
    expect(await source.resolve(reference)).toEqual(image.descriptor);
    const target = await openLayout(place.at("pulled"), { create: true });
    const { root, copied } = await copy(source, reference, target, { tags: ["again"] });
    expect([root.digest, copied]).toEqual([image.descriptor.digest, 4]);
    for (const [i, layer] of image.manifest.layers.entries()) {
      expect(Buffer.from(await readAll(target, layer)).equals(image.blobs[i] as Uint8Array)).toBe(true);
    }
  });

  test("we push in chunks to our registry, and skopeo reads the same image", async () => {
    const reference = `${registry.host}/ours:v2`;
    const repository = new RemoteRepository({ reference, chunkSize: 100_000 });
    await copy(image.target, "latest", repository, { tags: ["v2"] });
    expect(registry.requests.filter(({ method }) => method === "PATCH").length).toBeGreaterThan(2);
    await place.skopeo(
      "copy",
      "--src-tls-verify=false",
      "--preserve-digests",
      `docker://${reference}`,
      `oci:${place.at("out")}:v2`,
    );
    const layout = await openLayout(place.at("out"));
    expect((await layout.resolve("v2")).digest).toBe(image.descriptor.digest);
  });

  test.for(["oci-archive", "docker-archive"] as const)("%s written by skopeo", async (transport) => {
    const file = place.at(`${transport}.tar`);
    const name = `${transport}:${file}:registry.example/x:v3`;
    await place.skopeo("copy", `oci:${place.at("layout")}:v1`, name);
    const { source, reference } = await openSource(`${transport}:${file}`);
    const manifest = parseManifest(await readAll(source, await source.resolve(reference)));
    expect(await source.resolve("v3")).toEqual(await source.resolve(reference));
    expect(manifest.config.digest).toBe(image.manifest.config.digest);
    expect((await openArchive(file)).format).toBe(transport === "oci-archive" ? "oci" : "docker");
    for (const [i, layer] of manifest.layers.entries()) {
      const diffId = image.config.rootfs.diff_ids[i] ?? "sha256:";
      const normalized = normalizeLayer(layer, source.fetch(layer), diffId);
      const chunks: Uint8Array[] = [];
      for await (const chunk of normalized.content) chunks.push(chunk);
      const gzip = Buffer.concat(chunks);
      expect(normalized.result()).toMatchObject({ mediaType: mediaTypes.layerGzip, size: gzip.length });
      if (transport === "oci-archive") expect(gzip.equals(image.blobs[i] as Uint8Array)).toBe(true);
      const plain: Uint8Array[] = [];
      const bytes = (async function* () {
        yield gzip;
      })();
      for await (const chunk of decompressLayer(normalized.result(), bytes, diffId)) plain.push(chunk);
      expect(Buffer.concat(plain).equals(image.tars[i] as Uint8Array)).toBe(true);
    }
  });

  test("a second copy sends nothing", async () => {
    const repository = new RemoteRepository({ reference: `${registry.host}/twice` });
    const first = await copy(image.target, "latest", repository, { tags: ["v1"] });
    const before = registry.requests.length;
    const second = await copy(image.target, "latest", repository, { tags: ["v1"] });
    // The registry has the blobs in another repository and mounts them.
    expect([first.copied, first.mounted, first.skipped]).toEqual([1, 3, 0]);
    expect([second.copied, second.skipped, second.bytes]).toEqual([0, 1, 0]);
    const sent = registry.requests.slice(before).map(({ method }) => method);
    expect(sent).toEqual(["HEAD", "GET", "PUT"]);
  });

  test("pushed content survives a restart of the registry", async () => {
    const restarted = await serveRegistry({ dir: place.at("registry") });
    try {
      const repository = new RemoteRepository({ reference: `${restarted.host}/a/b` });
      expect(await repository.resolve("v1")).toEqual(image.descriptor);
    } finally {
      await restarted.close();
    }
    expect((await stat(place.at("registry", "blobs"))).isDirectory()).toBe(true);
  });
});
