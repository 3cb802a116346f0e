import { randomBytes } from "node:crypto";
import type { ErrorDescriptor } from "@apoc/errors";
import { onTestFinished } from "vitest";
import type { AdmittedImage, DesiredContainer, DesiredPod, PodRuntime, PortAddress } from "../index.ts";
import type { Program } from "./program.ts";

/** What the suite needs to test a runtime. */
export interface RuntimeHarness {
  /** A new runtime over the same engine or cluster, as after a restart of the provider. */
  makeRuntime(): PodRuntime;
  /** An image with a program; `user` as in an image config, default root. */
  image(program: Program, options?: { readonly user?: string }): Promise<AdmittedImage>;
  /** An image whose entrypoint does not exist. */
  unstartable(): Promise<AdmittedImage>;
  /** What `apply` throws for such an image. */
  readonly startFailure: ErrorDescriptor;
  /** The body of the answer to `GET /`; `undefined` without an answer. */
  get(address: PortAddress): Promise<string | undefined>;
  /** All objects of this provider that exist in the engine or cluster: `kind name`, sorted. */
  leftovers(): Promise<readonly string[]>;
  /** Ends the program of a container without the runtime. */
  end(podId: string, container: string): Promise<void>;
  /** Ends the pod's network without the runtime. */
  loseNetwork(podId: string): Promise<void>;
}

/** Applies a pod, and removes it after the test in any case. */
export async function applied(harness: RuntimeHarness, pod: DesiredPod): Promise<PodRuntime> {
  const runtime = harness.makeRuntime();
  onTestFinished(() => runtime.remove(pod.podId));
  await runtime.apply(pod);
  return runtime;
}

/** A small container. */
export function container(
  name: string,
  image: AdmittedImage,
  changes: Partial<DesiredContainer> = {},
): DesiredContainer {
  return { name, image, env: [], mounts: [], cpuMillis: 500, memoryBytes: 64 * 1024 * 1024, ...changes };
}

/** A pod with a random id. */
export function podOf(
  containers: readonly DesiredContainer[],
  changes: Partial<DesiredPod> = {},
): DesiredPod {
  const podId = `0x${randomBytes(32).toString("hex")}`;
  return { podId, generation: 1, ports: [8080], volumes: [], containers, ...changes };
}

/** A container that serves a text. */
export async function webContainer(
  harness: RuntimeHarness,
  name: string,
  text: string,
  port = 8080,
): Promise<DesiredContainer> {
  return container(name, await harness.image([{ serve: text, port }]));
}

/** Calls `ask` until it returns a value; limited by the test's timeout. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits for the pod's answer to `GET /`. */
export async function answerOf(
  harness: RuntimeHarness,
  runtime: PodRuntime,
  podId: string,
  port = 8080,
): Promise<string> {
  return eventually(async () => {
    const address = (await runtime.observe(podId))?.address(port);
    return address === undefined ? undefined : harness.get(address);
  });
}

/** All lines so far of a pod's containers, or of one. */
export async function linesOf(runtime: PodRuntime, podId: string, name?: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text } of runtime.logs(podId, name === undefined ? {} : { container: name })) {
    lines.push(text);
  }
  return lines;
}

/** Waits until a container has ended, and returns its observed state. */
export async function ended(runtime: PodRuntime, podId: string, name: string) {
  return eventually(async () => {
    const found = (await runtime.observe(podId))?.containers.find((each) => each.name === name);
    return found?.phase === "exited" ? found : undefined;
  });
}
