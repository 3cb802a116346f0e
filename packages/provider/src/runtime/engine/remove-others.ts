import type { DesiredPod } from "../index.ts";
import { imageTags, removeImages } from "./image-store.ts";
import { imageRepository } from "./labels.ts";
import { listNetworks, removeNetworks } from "./pod-network.ts";
import { listContainers, removeContainers, stopContainers, type EngineContext } from "./pod-objects.ts";

/** Removes what other attempts and generations of this pod left, or have running. */
export async function removeOthers(context: EngineContext, pod: DesiredPod, attempt: number): Promise<void> {
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
