import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mediaTypes, MemoryTarget, parseImageConfig, sha256Digest } from "@apoc/oci";
import { container, podOf } from "@apoc/provider/runtime-conformance";
import { createEngineRuntime, findEngineSocket } from "@apoc/provider/engine";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { busyboxImage } from "../conformance/runtime/busybox-images.ts";

const { socket } = await findEngineSocket(process.env);
const dataDir = await mkdtemp(join(tmpdir(), "apoc-attack-"));
const runtime = createEngineRuntime({ socket, dataDir, instance: `attack-${process.pid}`, stopSeconds: 0 });

afterAll(() => rm(dataDir, { recursive: true, force: true }));

/**
 * Engines know layers by the diffIDs in the config, which they read without regard to the case of members. A config
 * that names one's own layers for us and a licensed image's for the engine would be given the latter, decrypted.
 */
test.each(["RootFS", "rootf\u017f"])(
  "diffIDs of another image under %s are refused twice",
  async (member) => {
    const program = { entrypoint: ["/bin/busybox", "sleep", "60"] };
    const secret = await busyboxImage(program, [{ path: "/secret", content: randomBytes(16) }]);
    const licensed = podOf([container("licensed", secret)], { ports: [] });
    onTestFinished(() => runtime.remove(licensed.podId));
    await runtime.apply(licensed);

    const own = await busyboxImage(program, [{ path: "/own", content: "own" }]);
    const text = JSON.stringify(own.config);
    const rootfs = JSON.stringify(secret.config.rootfs);
    const bytes = new TextEncoder().encode(`${text.slice(0, -1)},"${member}":${rootfs}}`);
    expect(() => parseImageConfig(bytes)).toThrowError(expect.objectContaining({ code: "APOC-1023" }));

    const config = { mediaType: mediaTypes.config, digest: sha256Digest(bytes), size: bytes.length };
    const blobs = new MemoryTarget();
    await blobs.push(config, bytes);
    for (const layer of own.manifest.layers) await blobs.push(layer, own.blobs.fetch(layer));
    const image = { ...own, manifest: { ...own.manifest, config }, blobs };
    const pod = podOf([container("thief", image)], { ports: [] });
    onTestFinished(() => runtime.remove(pod.podId));
    await expect(runtime.apply(pod)).rejects.toMatchObject({ code: "APOC-7112", field: "RootFS.Layers" });
    expect(await runtime.observe(pod.podId)).toBe(undefined);
  },
);
