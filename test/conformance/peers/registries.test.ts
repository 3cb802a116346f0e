import { serveRegistry } from "@apoc/devnet/registry";
import {
  copy,
  encodeCanonicalJson,
  MemoryTarget,
  mediaTypes,
  parseManifest,
  readAll,
  RemoteRepository,
} from "@apoc/oci";
import { decompressLayer, openLayout } from "@apoc/oci/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describe as describeBytes, sampleImage, type SampleImage } from "../sample-image.ts";
import { skopeoPresent, Workplace } from "../skopeo.ts";
import { dockerRegistryPresent, startDockerRegistry } from "./docker-registry.ts";
import { buildPeer, podmanPresent, runPeer } from "./programs.ts";

const [crane, regctl, imgcopy] = await Promise.all([
  buildPeer("crane"),
  buildPeer("regctl"),
  buildPeer("imgcopy"),
]);
const skopeo = await skopeoPresent();
const docker = await dockerRegistryPresent();
const podman = await podmanPresent();

interface Peer {
  /** Copies the image of a layout folder to a reference. */
  push(layout: string, reference: string): Promise<unknown>;
  /** Copies an image to a new layout folder, under the tag `v1`. */
  pull(reference: string, layout: string): Promise<unknown>;
}

let place: Workplace;

const peers: Record<string, Peer> = {
  ...(crane === undefined
    ? {}
    : {
        crane: {
          // It pushes a layout as a whole: its index becomes the root, unless there is one image only.
          push: (layout, reference) => runPeer(crane, ["push", "--insecure", layout, reference]),
          pull: (reference, layout) =>
            runPeer(crane, ["pull", "--insecure", "--format=oci", "--annotate-ref", reference, layout]),
        } satisfies Peer,
      }),
  ...(regctl === undefined
    ? {}
    : {
        regctl: {
          push: (layout, reference) => regctlRun(regctl, `ocidir://${layout}:v1`, reference),
          pull: (reference, layout) => regctlRun(regctl, reference, `ocidir://${layout}:v1`),
        } satisfies Peer,
      }),
  ...(imgcopy === undefined
    ? {}
    : {
        imgcopy: {
          push: (layout, reference) =>
            runPeer(imgcopy, ["--insecure", `oci:${layout}:v1`, `docker://${reference}`]),
          pull: (reference, layout) =>
            runPeer(imgcopy, ["--insecure", `docker://${reference}`, `oci:${layout}:v1`]),
        } satisfies Peer,
      }),
  ...(skopeo
    ? {
        skopeo: {
          push: (layout, reference) =>
            place.skopeo("copy", "--dest-tls-verify=false", `oci:${layout}:v1`, `docker://${reference}`),
          pull: (reference, layout) =>
            place.skopeo("copy", "--src-tls-verify=false", `docker://${reference}`, `oci:${layout}:v1`),
        } satisfies Peer,
      }
    : {}),
};

/** regctl reads which registries speak plain HTTP from its configuration. */
function regctlRun(program: string, from: string, to: string): Promise<string> {
  const host = /127\.0\.0\.1:\d+/.exec(`${from} ${to}`)?.[0] ?? "";
  return runPeer(program, ["--host", `reg=${host},tls=disabled`, "image", "copy", from, to], {
    HOME: place.path,
  });
}

describe.for([
  { name: "the own registry", present: true },
  { name: "docker-registry 2.8", present: docker },
])("$name", ({ name, present }) => {
  let host = "";
  let close = async () => {};
  let image: SampleImage;
  let layout = "";

  beforeAll(async () => {
    if (!present) return;
    place = await Workplace.create();
    const server = name.startsWith("docker")
      ? await startDockerRegistry(place.path)
      : await serveRegistry({ dir: place.at("registry") });
    host = server.host;
    close = () => server.close();
    image = await sampleImage();
    layout = place.at("layout");
    await copy(image.target, "latest", await openLayout(layout, { create: true }), { tags: ["v1"] });
  });
  afterAll(async () => {
    if (!present) return;
    await close();
    await place.remove();
  });

  test.runIf(present).for(Object.keys(peers))("pushed here, pulled by %s", async (peer) => {
    const reference = `${host}/ours/${peer}:v1`;
    await copy(image.target, "latest", new RemoteRepository({ reference }), { tags: ["v1"] });
    const out = place.at(`pulled-${peer}`);
    await peers[peer]!.pull(reference, out);
    const pulled = await openLayout(out);
    const [root] = await pulled.entries();
    expect(root?.digest).toBe(image.descriptor.digest);
    const { layers } = parseManifest(await readAll(pulled, root!));
    for (const [i, layer] of layers.entries()) {
      expect(Buffer.from(await readAll(pulled, layer)).equals(image.blobs[i]!)).toBe(true);
    }
  });

  test.runIf(present).for(Object.keys(peers))("pushed by %s, pulled here", async (peer) => {
    const reference = `${host}/theirs/${peer}:v1`;
    await peers[peer]!.push(layout, reference);
    const memory = new MemoryTarget();
    const { root, copied } = await copy(new RemoteRepository({ reference }), "v1", memory);
    expect({ digest: root.digest, copied }).toEqual({ digest: image.descriptor.digest, copied: 4 });
  });

  test.runIf(present && podman)("podman pulls what we pushed, and we pull what it pushes", async () => {
    const storage = ["--root", place.at("root"), "--runroot", place.at("run"), "--storage-driver", "vfs"];
    const run = (...args: string[]) => runPeer("podman", [...storage, ...args]);
    const [ours, theirs] = [`${host}/ours/podman:v1`, `${host}/theirs/podman:v1`];
    await copy(image.target, "latest", new RemoteRepository({ reference: ours }), { tags: ["v1"] });
    await run("pull", "--quiet", "--tls-verify=false", ours);
    const id = (await run("image", "inspect", "--format", "{{.Id}}", ours)).trim();
    expect(`sha256:${id}`).toBe(image.manifest.config.digest);
    await run("push", "--quiet", "--tls-verify=false", ours, `docker://${theirs}`);
    const repository = new RemoteRepository({ reference: theirs });
    const pulled = parseManifest(await readAll(repository, await repository.resolve("v1")));
    expect(pulled.config.digest).toBe(image.manifest.config.digest);
    for (const [i, layer] of pulled.layers.entries()) {
      // podman compresses again; only the tar counts, which is compared with the diffID here.
      const diffId = image.config.rootfs.diff_ids[i]!;
      const plain = await Array.fromAsync(decompressLayer(layer, repository.fetch(layer), diffId));
      expect(Buffer.concat(plain).equals(image.tars[i]!)).toBe(true);
    }
  });

  test.runIf(present)("an artifact with a subject is found among the referrers", async () => {
    const repository = new RemoteRepository({ reference: `${host}/referrers/app` });
    await copy(image.target, "latest", repository, { tags: ["v1"] });
    const note = new TextEncoder().encode("{}");
    const config = describeBytes(mediaTypes.empty, note);
    const manifest = encodeCanonicalJson({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: "application/vnd.example.note",
      config,
      layers: [config],
      subject: image.descriptor,
    });
    const descriptor = describeBytes(mediaTypes.manifest, manifest);
    await repository.push(config, note);
    await repository.push(descriptor, manifest);
    const found = await repository.referrers(image.descriptor.digest, "application/vnd.example.note");
    expect(found.map(({ digest }) => digest)).toEqual([descriptor.digest]);
    if (regctl === undefined) return;
    // The other side finds it as well: by the API of the own registry, by the fallback tag of docker-registry.
    const listed = await runPeer(
      regctl,
      [
        "--host",
        `reg=${host},tls=disabled`,
        "artifact",
        "list",
        "--format",
        "{{json .}}",
        `${host}/referrers/app:v1`,
      ],
      { HOME: place.path },
    );
    expect(listed).toContain(descriptor.digest);
  });
});
