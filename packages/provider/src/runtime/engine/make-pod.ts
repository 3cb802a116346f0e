import type { AdmittedImage, DesiredPod } from "../index.ts";
import { createContainer } from "./create-container.ts";
import { loadImage } from "./image-store.ts";
import { imageRepository } from "./labels.ts";
import { openImage } from "./loadable-image.ts";
import { pauseImage } from "./pause-image.ts";
import { planContainer, planPause } from "./plan-pod.ts";
import { createNetwork } from "./pod-network.ts";
import type { EngineContext } from "./pod-objects.ts";
import { removeOthers } from "./remove-others.ts";
import { startPause } from "./start-pause.ts";

/** Creates volumes, images, network and containers, removes what ran before, and starts the new containers. */
export async function makePod(context: EngineContext, pod: DesiredPod, attempt: number): Promise<void> {
  const repository = imageRepository(context.instance, pod.podId);
  const common = { pod: pod.podId, generation: pod.generation, attempt } as const;
  const paths = await context.volumes.prepare(pod);
  const pause = await pauseImage(context.engine.architecture);
  // Settled, not raced: a failure must not leave a load behind that ends after the clean-up.
  const [pauseId, imageIds, network] = await settled(
    loadImage(context.client, pause, `${repository}:pause`),
    loadImages(context, pod, repository),
    createNetwork(context, { ...common, role: "network", container: "" }),
  );
  const pausePlan = planPause(pod, common, pause.parsedConfig, pauseId, network);
  const pauseContainer = await createContainer(
    context,
    context.publish ? { ...pausePlan, publishedPorts: pod.ports } : pausePlan,
  );
  const ids: string[] = [];
  for (const container of pod.containers) {
    const imageId = imageIds.get(container.name) as string;
    const plan = planContainer(pod, container, common, { imageId, paths, pauseContainer });
    ids.push(await createContainer(context, plan));
  }
  await removeOthers(context, pod, attempt);
  await startPause(context, pauseContainer, network);
  for (const id of ids) await context.client.call("POST", `/containers/${id}/start`);
}

/** Waits for all, then returns the results or throws the first failure. */
async function settled<T extends readonly unknown[]>(
  ...steps: { [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  await Promise.allSettled(steps);
  return (await Promise.all(steps)) as unknown as T;
}

/** Loads each image once, tags it for each container that uses it, and returns the engine's ids by container. */
async function loadImages(
  context: EngineContext,
  pod: DesiredPod,
  repository: string,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const loaded = new Map<AdmittedImage, string>();
  for (const { name, image } of pod.containers) {
    const tag = `${repository}/${name}:${pod.generation}`;
    const known = loaded.get(image);
    if (known === undefined) {
      loaded.set(image, await loadImage(context.client, await openImage(image), tag));
    } else {
      await context.client.call("POST", `/images/${known}/tag`, {
        query: { repo: `${repository}/${name}`, tag: pod.generation },
      });
    }
    ids.set(name, loaded.get(image) as string);
  }
  return ids;
}
