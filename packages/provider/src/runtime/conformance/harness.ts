import { randomBytes } from "node:crypto";
import type { ErrorDescriptor } from "@apoc/errors";
import { onTestFinished } from "vitest";
import type { AdmittedImage, DesiredContainer, DesiredPod, PodRuntime, PortAddress } from "../index.ts";
import type { Program } from "./program.ts";

/** What a runtime under test must offer besides itself. */
export interface RuntimeHarness {
  /** A new object over the same place, as after a restart of the provider. */
  makeRuntime(): PodRuntime;
  /** An image with a program; `user` as in an image config, root unless given. */
  image(program: Program, options?: { readonly user?: string }): Promise<AdmittedImage>;
  /** An image that names a program which it does not hold. */
  unstartable(): Promise<AdmittedImage>;
  /** What `apply` throws for such an image. */
  readonly startFailure: ErrorDescriptor;
  /** The answer to `GET /`, `undefined` where nobody answers. */
  get(address: PortAddress): Promise<string | undefined>;
  /** All objects of this provider that exist in the place: `kind name`, sorted. */
  leftovers(): Promise<readonly string[]>;
  /** Ends the program of a container behind the runtime's back. */
  end(podId: string, container: string): Promise<void>;
  /** Takes the pod's network away behind the runtime's back. */
  loseNetwork(podId: string): Promise<void>;
}

/** Applies a pod and removes it after the test, whatever happened. */
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

/** Repeats a question until it has an answer; the test's own time limit ends it. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The pod's answer, once it gives one. */
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

/** Waits until a container has ended and gives what is observed of it. */
export async function ended(runtime: PodRuntime, podId: string, name: string) {
  return eventually(async () => {
    const found = (await runtime.observe(podId))?.containers.find((each) => each.name === name);
    return found?.phase === "exited" ? found : undefined;
  });
}
