import { imageTags, removeImages } from "./image-store.ts";
import { imageRepository, shortPodId } from "./labels.ts";
import {
  listContainers,
  removeContainers,
  removeExternal,
  stopContainers,
  type EngineContext,
} from "./pod-objects.ts";
import { listNetworks, removeNetworks } from "./pod-network.ts";

/**
 * Removes all that belongs to a pod but its lasting volumes; `stopSeconds` overrides the time that its programs get to
 * end by themselves.
 */
export async function takeDownPod(
  context: EngineContext,
  podId: string,
  stopSeconds: number = context.stopSeconds,
): Promise<void> {
  try {
    const containers = await listContainers(context, podId);
    const programs = containers.filter(({ role }) => role === "container");
    if (stopSeconds > 0) await stopContainers({ ...context, stopSeconds }, programs);
    await removeContainers(context, containers);
    await removeExternal(context, podId);
    await removeNetworks(context, await listNetworks(context, podId));
    await removeImages(
      context.client,
      await imageTags(context.client, imageRepository(context.instance, podId)),
    );
  } finally {
    // An engine that does not answer keeps no secret alive.
    await context.volumes.dropSecrets(podId);
  }
}

/** Removes all that belongs to a pod, volumes too. */
export async function removePod(context: EngineContext, podId: string): Promise<void> {
  await takeDownPod(context, podId);
  await context.volumes.remove(podId);
}

/**
 * Removes what bears this instance's label, or lies in its image repository, but belongs to no known pod. Returns
 * the pods whose containers, networks, images or volumes were found, by id, or by short id where only images were left.
 */
export async function collectGarbage(
  context: EngineContext,
  known: ReadonlySet<string>,
): Promise<readonly string[]> {
  const [containers, networks] = await Promise.all([listContainers(context), listNetworks(context)]);
  const foreign = new Set(
    [...containers, ...networks].map(({ pod }) => pod).filter((pod) => !known.has(pod)),
  );
  for (const pod of foreign) await removePod(context, pod);
  await removeUnusedNetworks(context, known);
  const knownShort = new Set([...known].map(shortPodId));
  const repository = imageRepository(context.instance);
  const stray = (await imageTags(context.client, repository)).filter(
    (tag) => !knownShort.has(shortOf(repository, tag)),
  );
  await removeImages(context.client, stray);
  if (known.size === 0) await removeExternal(context);
  const volumes = await context.volumes.gc(known);
  const found = new Set([...foreign, ...volumes]);
  const foundShort = new Set([...found].map(shortPodId));
  const images = stray.map((tag) => shortOf(repository, tag)).filter((short) => !foundShort.has(short));
  return [...found, ...new Set(images)];
}

/** A crash between making a network and its containers leaves the network alone. */
async function removeUnusedNetworks(context: EngineContext, known: ReadonlySet<string>): Promise<void> {
  const used = new Set((await listContainers(context)).map(({ pod, attempt }) => `${pod}/${attempt}`));
  const networks = await listNetworks(context);
  await removeNetworks(
    context,
    networks.filter(({ pod, attempt }) => known.has(pod) && !used.has(`${pod}/${attempt}`)),
  );
}

function shortOf(repository: string, tag: string): string {
  return tag.slice(repository.length + 1).split(/[/:]/, 1)[0] ?? "";
}
