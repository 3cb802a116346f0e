import { stat } from "node:fs/promises";
import { ApocError, isApocError } from "@apoc/errors";
import { z } from "zod";
import { providerErrors } from "../../errors.ts";
import type { DesiredPod, VerifiedImage } from "../runtime.ts";
import { containerBody, containerLimits, pauseLimits, type ContainerPlan } from "./container-body.ts";
import { refusedWith } from "./engine-client.ts";
import { parseAnswer } from "./engine-socket.ts";
import { imageTags, loadImage, removeImages } from "./image-store.ts";
import { podmanInspection } from "./inspection.ts";
import { checkPod, containerName, imageRepository } from "./labels.ts";
import { pauseImage } from "./pause-image.ts";
import {
  groupContainers,
  inspectContainer,
  listContainers,
  removeContainers,
  removeExternal,
  stopContainers,
  type EngineContext,
  type PodGroup,
} from "./pod-objects.ts";
import {
  createNetwork,
  ensureIsolated,
  listNetworks,
  podmanIsolates,
  removeNetworks,
} from "./pod-network.ts";
import { compareContainer } from "./read-back.ts";
import { removePod } from "./remove-pod.ts";

const created = z.object({ Id: z.string().regex(/^[0-9a-f]{64}$/) });

/**
 * Makes the pod run as desired. Everything is created and read back while an older generation still runs; only
 * then that one is stopped and the new one started. See {@link PodRuntime.apply} for what holds.
 */
export async function applyPod(context: EngineContext, pod: DesiredPod): Promise<void> {
  checkPod(pod);
  await checkMounts(pod);
  const groups = groupContainers(await listContainers(context, pod.podId));
  const complete = groups.find((group) => isComplete(group, pod));
  if (complete !== undefined) {
    await removeOthers(context, pod, complete.attempt);
    return;
  }
  const networks = await listNetworks(context, pod.podId);
  let attempt = Math.max(
    0,
    ...groups.map((group) => group.attempt),
    ...networks.map((network) => network.attempt),
  );
  for (let tries = 1; ; tries++) {
    attempt += 1;
    try {
      await makePod(context, pod, attempt);
      return;
    } catch (error) {
      if (
        isApocError(error, providerErrors.READBACK_MISMATCH) ||
        isApocError(error, providerErrors.IMAGE_LOAD_MISMATCH)
      ) {
        // An engine that makes something else than asked for keeps nothing of this pod.
        await removePod(context, pod.podId, 0);
        throw error;
      }
      // The engine may be what failed; then the next apply, or gc, finds the leftovers by their labels.
      await removeAttempt(context, pod, attempt).catch(() => undefined);
      if (!isNameTaken(error) || tries === 5) throw error;
    }
  }
}

/** An engine may make a missing folder instead of refusing it, as root and anywhere. */
async function checkMounts(pod: DesiredPod): Promise<void> {
  for (const [index, { mounts }] of pod.containers.entries()) {
    for (const { hostPath } of mounts) {
      const found = await stat(hostPath).catch(() => undefined);
      if (found?.isDirectory() === true || found?.isFile() === true) continue;
      throw new ApocError(providerErrors.POD_INVALID, {
        field: `containers[${index}].mounts`,
        expected: "a folder or file of the host",
        actual: hostPath,
      });
    }
  }
}

/** A group is complete when nothing of it is missing and all of it was started once: start follows read-back. */
function isComplete(group: PodGroup, pod: DesiredPod): boolean {
  if (group.generation !== pod.generation || group.pause === undefined || group.pause.phase === "created")
    return false;
  const names = new Set(
    group.containers.filter(({ phase }) => phase !== "created").map(({ container }) => container),
  );
  return names.size === pod.containers.length && pod.containers.every(({ name }) => names.has(name));
}

async function makePod(context: EngineContext, pod: DesiredPod, attempt: number): Promise<void> {
  const repository = imageRepository(context.instance, pod.podId);
  const common = { pod: pod.podId, generation: pod.generation, attempt } as const;
  const pause = await pauseImage(context.engine.architecture);
  // Settled, not raced: a failure must not leave a load behind that ends after the clean-up.
  const [pauseId, imageIds, network] = await settled(
    loadImage(context.client, pause, `${repository}:pause`),
    loadImages(context, pod, repository),
    createNetwork(context, { ...common, role: "network", container: "" }),
  );
  const pauseContainer = await createContainer(context, {
    ...pauseLimits,
    ownership: { ...common, role: "pause", container: "" },
    image: pause,
    imageId: pauseId,
    env: [],
    mounts: [],
    networkMode: network,
    hostAliases: pod.containers.map(({ name }) => name).filter((name) => name !== "localhost"),
    publishedPorts: context.publish ? pod.ports : [],
  });
  const ids: string[] = [];
  for (const container of pod.containers) {
    ids.push(
      await createContainer(context, {
        ...containerLimits,
        ownership: { ...common, role: "container", container: container.name },
        image: container.image,
        imageId: imageIds.get(container.name) as string,
        entrypoint: filled(container.command),
        cmd: filled(container.args),
        workingDir: container.workingDir,
        env: container.env,
        mounts: container.mounts,
        cpuMillis: container.cpuMillis,
        memoryBytes: container.memoryBytes,
        networkMode: `container:${pauseContainer}`,
        hostAliases: [],
        publishedPorts: [],
      }),
    );
  }
  await removeOthers(context, pod, attempt);
  await startPause(context, pauseContainer, network);
  for (const id of ids) await context.client.call("POST", `/containers/${id}/start`);
}

/** Starts the container that holds the network; before and after it the network must be one of its own. */
export async function startPause(context: EngineContext, id: string, network: string): Promise<void> {
  await ensureIsolated(context, network);
  await context.client.call("POST", `/containers/${id}/start`);
  if (context.engine.name === "podman" && !(await podmanIsolates(context, network))) {
    // It was forgotten in between, perhaps before the rules were set: once more, now knowing it.
    await context.client.call("POST", `/containers/${id}/kill`, { accept: [409] });
    await ensureIsolated(context, network);
    await context.client.call("POST", `/containers/${id}/start`);
    await ensureIsolated(context, network);
  }
}

/** Waits for all, then gives the results or the first failure. */
async function settled<T extends readonly unknown[]>(
  ...steps: { [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  await Promise.allSettled(steps);
  return (await Promise.all(steps)) as unknown as T;
}

/** Kubernetes takes an empty list for an absent one. */
function filled(words: readonly string[] | undefined): readonly string[] | undefined {
  return words === undefined || words.length === 0 ? undefined : words;
}

/** Loads each image once, tags it for each container that uses it, and gives the engine's ids by container. */
async function loadImages(
  context: EngineContext,
  pod: DesiredPod,
  repository: string,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const loaded = new Map<VerifiedImage, string>();
  for (const { name, image } of pod.containers) {
    const tag = `${repository}/${name}:${pod.generation}`;
    const known = loaded.get(image);
    if (known === undefined) {
      loaded.set(image, await loadImage(context.client, image, tag));
    } else {
      await context.client.call("POST", `/images/${known}/tag`, {
        query: { repo: `${repository}/${name}`, tag: pod.generation },
      });
    }
    ids.set(name, loaded.get(image) as string);
  }
  return ids;
}

/** Creates a container and reads it back; it is not started. */
async function createContainer(context: EngineContext, plan: ContainerPlan): Promise<string> {
  const { client, engine, instance } = context;
  const answer = await client.call("POST", "/containers/create", {
    query: { name: containerName(plan.ownership, 0) },
    body: containerBody(plan, engine, instance),
  });
  const { Id } = parseAnswer("POST /containers/create", created, answer.body);
  const found = await inspectContainer(context, Id);
  if (found === undefined) {
    throw new ApocError(providerErrors.READBACK_MISMATCH, {
      field: `${plan.ownership.container || "pause"}.Id`,
      expected: Id,
    });
  }
  const operation = "GET /libpod/containers/{id}/json";
  const native =
    engine.name === "podman"
      ? parseAnswer(
          operation,
          podmanInspection,
          (await client.call("GET", `/libpod/containers/${Id}/json`)).body,
        )
      : undefined;
  compareContainer(plan, engine, instance, found, native);
  return Id;
}

/** Removes what other attempts and generations of this pod left, or have running. */
async function removeOthers(context: EngineContext, pod: DesiredPod, attempt: number): Promise<void> {
  const others = (await listContainers(context, pod.podId)).filter(
    (container) => container.attempt !== attempt,
  );
  await stopContainers(
    context,
    others.filter(({ role }) => role === "container"),
  );
  await removeContainers(context, others);
  const networks = await listNetworks(context, pod.podId);
  await removeNetworks(
    context,
    networks.filter((network) => network.attempt !== attempt),
  );
  const repository = imageRepository(context.instance, pod.podId);
  const keep = new Set([
    `${repository}:pause`,
    ...pod.containers.map(({ name }) => `${repository}/${name}:${pod.generation}`),
  ]);
  const tags = await imageTags(context.client, repository);
  await removeImages(
    context.client,
    tags.filter((tag) => !keep.has(tag)),
  );
}

/** Undoes a failed try; an older generation that runs is left alone, and so are images it may share. */
async function removeAttempt(context: EngineContext, pod: DesiredPod, attempt: number): Promise<void> {
  const containers = await listContainers(context, pod.podId);
  await removeContainers(
    context,
    containers.filter((container) => container.attempt === attempt),
  );
  await removeExternal(context, pod.podId);
  const networks = await listNetworks(context, pod.podId);
  await removeNetworks(
    context,
    networks.filter((network) => network.attempt === attempt),
  );
  if (containers.every((container) => container.attempt === attempt)) {
    await removeImages(
      context.client,
      await imageTags(context.client, imageRepository(context.instance, pod.podId)),
    );
  }
}

function isNameTaken(error: unknown): boolean {
  return (
    refusedWith(error, 409) ||
    (isApocError(error, providerErrors.ENGINE_REFUSED) && /already (in use|exists)/.test(error.actual ?? ""))
  );
}
