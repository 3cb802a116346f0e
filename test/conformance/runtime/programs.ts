import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import {
  composeImage,
  findBusybox,
  type BuiltImage,
  type ImageFile,
  type ImageRecipe,
} from "@apoc/devnet/images";
import type {
  DesiredContainer,
  DesiredPod,
  PodRuntime,
  VerifiedImage,
} from "../../../packages/provider/src/runtime/runtime.ts";

/** An image in the form in which a provider hands it to its runtime after verification. */
export function verified(image: BuiltImage): VerifiedImage {
  return {
    digest: image.descriptor.digest,
    config: image.config,
    parsedConfig: image.parsedConfig,
    layers: image.layers.map(({ descriptor, compressed }) => ({
      descriptor,
      async *open() {
        // In pieces, as from a file or a decryption.
        for (let at = 0; at < compressed.length; at += 65_536) yield compressed.subarray(at, at + 65_536);
      },
    })),
  };
}

/** An image of a static busybox and some files. */
export async function busyboxImage(
  config: NonNullable<ImageRecipe["config"]>,
  files: readonly ImageFile[] = [],
): Promise<VerifiedImage> {
  base ??= findBusybox(".apoc/tools").then(async (path) =>
    composeImage({
      files: [
        { path: "/bin/busybox", mode: 0o755, content: await readFile(path) },
        { path: "/bin/sh", link: "busybox" },
        { path: "/tmp", directory: true, mode: 0o1777 },
      ],
    }),
  );
  return verified(await composeImage({ base: await base, config, files }));
}

let base: Promise<BuiltImage> | undefined;

/** A container that serves `text` as /index.html on `port`. */
export async function webContainer(name: string, text: string, port = 8080): Promise<DesiredContainer> {
  const image = await busyboxImage(
    { entrypoint: ["/bin/busybox", "httpd", "-f", "-h", "/www", "-p", String(port)] },
    [{ path: "/www/index.html", content: text }],
  );
  return container(name, image);
}

/** A container that runs a shell script given as the image's own arguments. */
export async function scriptContainer(
  name: string,
  script: string,
  overrides: Partial<DesiredContainer> = {},
  config: NonNullable<ImageRecipe["config"]> = {},
): Promise<DesiredContainer> {
  const image = await busyboxImage({ entrypoint: ["/bin/sh", "-c"], cmd: [script], ...config });
  return { ...container(name, image), ...overrides };
}

export function container(name: string, image: VerifiedImage): DesiredContainer {
  return { name, image, env: [], mounts: [], cpuMillis: 500, memoryBytes: 64 * 1024 * 1024 };
}

export function podOf(
  containers: readonly DesiredContainer[],
  overrides: Partial<DesiredPod> = {},
): DesiredPod {
  const podId = `0x${randomBytes(32).toString("hex")}`;
  return {
    podId,
    generation: 1,
    hostname: `p${podId.slice(2, 12)}.pods.localhost`,
    ports: [8080],
    containers,
    ...overrides,
  };
}

/** Asks an ingress for `/` under a host name; gives status and body. */
export async function fetchWithHost(port: number, host: string): Promise<[number, string]> {
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

/** Repeats a question until it has an answer; the test's own time limit ends it. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The pod's answer to GET /, once it gives one. */
export async function answerOf(runtime: PodRuntime, podId: string, port = 8080): Promise<string> {
  return eventually(async () => {
    const address = (await runtime.observe(podId))[0]?.address(port);
    if (address === undefined) return undefined;
    const response = await fetch(`http://${address.host}:${address.port}/`).catch(() => undefined);
    return response?.ok === true ? response.text() : undefined;
  });
}

/** All lines so far of a pod's containers, or of one. */
export async function linesOf(runtime: PodRuntime, podId: string, container?: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of runtime.logs(podId, container === undefined ? {} : { container }))
    lines.push(line.text);
  return lines;
}

/** Waits until a container has ended and gives what is observed of it. */
export async function ended(runtime: PodRuntime, podId: string, name: string) {
  return eventually(async () => {
    const found = (await runtime.observe(podId))[0]?.containers.find((each) => each.name === name);
    return found?.phase === "exited" ? found : undefined;
  });
}
