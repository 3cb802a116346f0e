import { randomBytes } from "node:crypto";
import { parseImageConfig, sha256Digest } from "@apoc/oci";
import { createEngineRuntime, findEngineSocket } from "@apoc/provider/engine";
import { expect, onTestFinished, test } from "vitest";
import { busyboxImage, container, podOf } from "../conformance/runtime/programs.ts";

const { socket } = await findEngineSocket(process.env);
const runtime = createEngineRuntime({ socket, instance: `attack-${process.pid}`, stopSeconds: 0 });

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
    const text = JSON.stringify(own.parsedConfig);
    const rootfs = JSON.stringify(secret.parsedConfig.rootfs);
    const config = new TextEncoder().encode(`${text.slice(0, -1)},"${member}":${rootfs}}`);
    expect(() => parseImageConfig(config)).toThrowError(expect.objectContaining({ code: "APOC-1023" }));

    const image = { ...own, config, digest: sha256Digest(config) };
    const pod = podOf([container("thief", image)], { ports: [] });
    onTestFinished(() => runtime.remove(pod.podId));
    await expect(runtime.apply(pod)).rejects.toMatchObject({ code: "APOC-7112", field: "RootFS.Layers" });
    expect(await runtime.observe(pod.podId)).toEqual([]);
  },
);
