import { isApocError } from "@apoc/errors";
import { providerErrors } from "../../errors.ts";
import { checkDesiredPod, type DesiredPod } from "../index.ts";
import { refusedWith } from "./engine-client.ts";
import { imageTags, removeImages } from "./image-store.ts";
import { imageRepository } from "./labels.ts";
import { makePod } from "./make-pod.ts";
import {
  groupContainers,
  listContainers,
  removeContainers,
  removeExternal,
  type EngineContext,
  type PodGroup,
} from "./pod-objects.ts";
import { listNetworks, removeNetworks } from "./pod-network.ts";
import { removeOthers } from "./remove-others.ts";
import { takeDownPod } from "./remove-pod.ts";

/**
 * See {@link PodRuntime.apply}. Everything is created and read back while an older generation still runs; only then is
 * that one stopped and the new one started.
 */
export async function applyPod(context: EngineContext, pod: DesiredPod): Promise<void> {
  checkDesiredPod(pod);
  const groups = groupContainers(await listContainers(context, pod.podId));
  const complete = groups.find((group) => isComplete(group, pod));
  if (complete === undefined) await makeAttempt(context, pod, groups);
  else await removeOthers(context, pod, complete.attempt);
  await context.volumes.sweep(pod.podId, pod.generation);
}

/** A group is complete if all its containers exist and were started once, which happens only after the read-back. */
function isComplete(group: PodGroup, pod: DesiredPod): boolean {
  if (group.generation !== pod.generation || group.pause === undefined || group.pause.phase === "created")
    return false;
  const names = new Set(
    group.containers.filter(({ phase }) => phase !== "created").map(({ container }) => container),
  );
  return names.size === pod.containers.length && pod.containers.every(({ name }) => names.has(name));
}

/** Creates the pod under the next free attempt number, so that leftovers of earlier attempts block no name. */
async function makeAttempt(
  context: EngineContext,
  pod: DesiredPod,
  groups: readonly PodGroup[],
): Promise<void> {
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
        // Nothing of the pod is left to an engine that creates something other than requested.
        await takeDownPod(context, pod.podId, 0);
        throw error;
      }
      // The engine may be what failed; then the next apply, or gc, finds the leftovers by their labels.
      await removeAttempt(context, pod, attempt).catch(() => undefined);
      if (!isNameTaken(error) || tries === 5) throw error;
    }
  }
}

/** Undoes a failed attempt, except for an older generation that runs and images that it may share. */
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
