import { apiErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { containerName, networkName } from "./labels.ts";
import { currentGroup, type EngineContext } from "./pod-objects.ts";
import { startPause } from "./start-pause.ts";

/**
 * Starts a stopped container again, with the same file system as before. Counts the restart first, in the
 * container's name, so that it survives this process. A pause container that has ended is started before, and the
 * containers that still ran in its lost network are stopped, to be restarted in their turn.
 */
export async function restartContainer(context: EngineContext, podId: string, name: string): Promise<void> {
  const group = await currentGroup(context, podId);
  const container = group?.containers.find((candidate) => candidate.container === name);
  if (group?.pause === undefined || container === undefined) {
    throw new ApocError(apiErrors.CONTAINER_UNKNOWN, { field: `${podId}/${name}` });
  }
  const { client } = context;
  if (group.pause.phase !== "running") {
    for (const { id, phase } of group.containers) {
      if (phase === "running") await client.call("POST", `/containers/${id}/kill`, { accept: [404, 409] });
    }
    await startPause(context, group.pause.id, networkName(group.pod, group.generation, group.attempt));
  } else if (container.phase === "running") return;
  const restarts = container.restarts + 1;
  await client.call("POST", `/containers/${container.id}/rename`, {
    query: { name: containerName(container, restarts) },
  });
  await client.call("POST", `/containers/${container.id}/start`);
}
