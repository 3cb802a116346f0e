import { ApocError, isApocError } from "@apoc/errors";
import { z } from "zod";
import { providerErrors } from "../../errors.ts";
import type { DesiredPod, VerifiedImage } from "../runtime.ts";
import { containerBody, containerLimits, pauseLimits, type ContainerPlan } from "./container-body.ts";
import { refusedWith } from "./engine-client.ts";
import { parseAnswer } from "./engine-socket.ts";
import { imageTags, loadImage, removeImages } from "./image-store.ts";
import { podmanInspection } from "./inspection.ts";
import {
  checkPod,
  containerName,
  imageRepository,
  networkName,
  ownershipLabels,
  type Ownership,
} from "./labels.ts";
import { pauseImage } from "./pause-image.ts";
import {
  groupContainers,
  inspectContainer,
  listContainers,
  listNetworks,
  removeContainers,
  removeExternal,
  removeNetworks,
  stopContainers,
  type EngineContext,
  type PodGroup,
} from "./pod-objects.ts";
import { compareContainer } from "./read-back.ts";
import { removePod } from "./remove-pod.ts";

const created = z.object({ Id: z.string().regex(/^[0-9a-f]{64}$/) });

/**
 * Makes the pod run as desired. Everything is created and read back while an older generation still runs; only
 * then that one is stopped and the new one started. See {@link PodRuntime.apply} for what holds.
 */
export async function applyPod(context: EngineContext, pod: DesiredPod): Promise<void> {
  checkPod(pod);
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
  const pauseId = await loadImage(context.client, pause, `${repository}:pause`);
  const imageIds = await loadImages(context, pod, repository);
  const network = await createNetwork(context, { ...common, role: "network", container: "" });
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
  for (const id of [pauseContainer, ...ids]) await context.client.call("POST", `/containers/${id}/start`);
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

/** A bridge of the pod's own. Docker keeps its bridges apart by itself, podman when told to. */
async function createNetwork(context: EngineContext, ownership: Ownership): Promise<string> {
  const name = networkName(ownership.pod, ownership.generation, ownership.attempt);
  const owner = ownershipLabels(context.instance, ownership);
  if (context.engine.name === "podman") {
    // The compatible API of podman 4.3 drops the option.
    await context.client.call("POST", "/libpod/networks/create", {
      body: { name, driver: "bridge", options: { isolate: "true" }, labels: owner, dns_enabled: false },
    });
  } else {
    await context.client.call("POST", "/networks/create", {
      body: { Name: name, Driver: "bridge", CheckDuplicate: true, EnableIPv6: false, Labels: owner },
    });
  }
  return name;
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
