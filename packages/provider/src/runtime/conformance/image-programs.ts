import { request } from "node:http";
import { isApocError } from "@apoc/errors";
import { expect, onTestFinished, test } from "vitest";
import { createIngress } from "../../ingress/index.ts";
import { answerOf, applied, container, ended, linesOf, podOf, webContainer } from "./harness.ts";
import type { ProcessHarness } from "./process-harness.ts";

/** What a program finds: its image, decrypted if it is licensed, and what the pod adds to it. */
export function imagePrograms(harness: () => ProcessHarness): void {
  test("an image runs and answers through the ingress", async () => {
    const pod = podOf([await webContainer(harness(), "web", "hello")]);
    const started = performance.now();
    const runtime = await applied(harness(), pod);
    expect(await answerOf(harness(), runtime, pod.podId)).toBe("hello");
    console.info(`apply to HTTP answer: ${Math.round(performance.now() - started)} ms`);
    const observed = await runtime.observe(pod.podId);
    const ingress = await createIngress({
      listen: { host: "127.0.0.1", port: 0 },
      lookup: (hostname) => (hostname === "one.pods.localhost" ? observed?.address(8080) : undefined),
    });
    onTestFinished(() => ingress.close());
    expect(await ask(ingress.port, "one.pods.localhost")).toEqual([200, "hello"]);
    expect((await ask(ingress.port, "other.pods.localhost"))[0]).toBe(404);
  });

  test("an encrypted image is decrypted by the runtime; with wrong keys nothing of it is left", async () => {
    const image = await harness().encrypted("licensed");
    const pod = podOf([container("web", image)]);
    const runtime = await applied(harness(), pod);
    expect(await answerOf(harness(), runtime, pod.podId)).toBe("licensed");

    const before = await harness().leftovers();
    const { layerKeys } = await harness().encrypted("licensed");
    const thief = podOf([container("web", { ...image, layerKeys: layerKeys! })]);
    onTestFinished(() => runtime.remove(thief.podId));
    await expect(runtime.apply(thief)).rejects.toSatisfy((error) => isApocError(error));
    expect(await harness().leftovers()).toEqual(before);
  });

  test("arguments, environment, folder and user are those asked for", async () => {
    const script = 'echo "$0|$1|$FROM_IMAGE|$ADDED|$BOTH|$(pwd)|$(id -u):$(id -g)"';
    const image = await harness().shell(script, {
      args: ["zero", "one"],
      env: ["FROM_IMAGE=i", "BOTH=i"],
      user: "1000:1001",
    });
    const own = {
      args: ["null", "eins"],
      workingDir: "/tmp",
      env: [
        { name: "ADDED", value: "a=b c" },
        { name: "BOTH", value: "p" },
      ],
    };
    const pod = podOf([
      container("plain", image),
      container("own", image, own),
      container("other", image, { command: ["/bin/busybox", "echo"] }),
    ]);
    const runtime = await applied(harness(), pod);
    for (const { name } of pod.containers) expect((await ended(runtime, pod.podId, name)).exitCode).toBe(0);
    expect((await linesOf(runtime, pod.podId)).toSorted()).toEqual([
      "",
      "null|eins|i|a=b c|p|/tmp|1000:1001",
      "zero|one|i||i|/|1000:1001",
    ]);
  });

  test("a volume that the image declares exists in addition to those of the pod", async () => {
    const image = await harness().shell("echo own > /image/file && cat /image/file; cat /data/file", {
      volumes: ["/image"],
    });
    const mounts = [{ volume: "data", mountPath: "/data", readOnly: true }];
    const files = [{ path: "file", content: new TextEncoder().encode("the pod's\n") }];
    const pod = podOf([container("main", image, { mounts })], {
      volumes: [{ name: "data", kind: "secret", files }],
    });
    const runtime = await applied(harness(), pod);
    await ended(runtime, pod.podId, "main");
    expect(await linesOf(runtime, pod.podId)).toEqual(["own", "the pod's"]);
  });
}

/** Requests `/` of an ingress under a host name; returns status and body. */
function ask(port: number, host: string): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: "/", headers: { Host: host } }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("end", () => resolve([response.statusCode ?? 0, text]));
    })
      .once("error", reject)
      .end();
  });
}
