import { ApocError } from "@apoc/errors";
import { providerErrors } from "../../errors.ts";
import type { ObservedPod } from "../runtime.ts";
import { startPause } from "./apply-pod.ts";
import type { ContainerInspection } from "./inspection.ts";
import {
  currentGroup,
  groupContainers,
  inspectContainer,
  listContainers,
  phaseOf,
  type EngineContext,
  type PodContainer,
  type PodGroup,
} from "./pod-objects.ts";
import { containerName, networkName } from "./labels.ts";

/** What is there, from labels and inspection alone. Containers that vanish while looking are left out. */
export async function observePods(context: EngineContext, podId?: string): Promise<readonly ObservedPod[]> {
  const groups = groupContainers(await listContainers(context, podId));
  const current = groups.filter(({ pod }, index) => groups.findIndex((other) => other.pod === pod) === index);
  return Promise.all(current.map((group) => observeGroup(context, group)));
}

async function observeGroup(context: EngineContext, group: PodGroup): Promise<ObservedPod> {
  const pause = group.pause === undefined ? undefined : await inspectContainer(context, group.pause.id);
  const hasNetwork = pause?.State.Running === true;
  const containers = await Promise.all(
    group.containers.map((container) => observeContainer(context, container, hasNetwork)),
  );
  return {
    podId: group.pod,
    generation: group.generation,
    address: (port) => (hasNetwork ? addressOf(context, pause, port) : undefined),
    containers: containers
      .filter((container) => container !== undefined)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

async function observeContainer(
  context: EngineContext,
  container: PodContainer,
  hasNetwork: boolean,
): Promise<ObservedPod["containers"][number] | undefined> {
  const found = await inspectContainer(context, container.id);
  if (found === undefined) return undefined;
  const { Status, ExitCode, OOMKilled, StartedAt } = found.State;
  const phase = phaseOf(Status);
  return {
    name: container.container,
    // A program whose pause container is gone runs on in a network without interface: useless until restarted.
    phase: phase === "running" && !hasNetwork ? "dead" : phase,
    exitCode: phase === "exited" || phase === "dead" ? ExitCode : undefined,
    restarts: container.restarts,
    oomKilled: OOMKilled,
    startedAt: StartedAt.startsWith("0001-") ? undefined : StartedAt,
  };
}

function addressOf(context: EngineContext, pause: ContainerInspection, port: number) {
  const { Networks, Ports } = pause.NetworkSettings;
  if (context.publish) {
    const binding = Ports?.[`${port}/tcp`]?.find(({ HostIp }) => HostIp === "127.0.0.1");
    return binding === undefined ? undefined : { host: "127.0.0.1", port: Number(binding.HostPort) };
  }
  const host = Object.values(Networks ?? {})[0]?.IPAddress ?? "";
  return host === "" ? undefined : { host, port };
}

/**
 * Starts a stopped container again, with the same file system as before. Counts the restart first, in the
 * container's name, so that it survives this process. A pause container that has ended is started before, and the
 * containers that still ran in its lost network are stopped, to be restarted in their turn.
 */
export async function restartContainer(context: EngineContext, podId: string, name: string): Promise<void> {
  const group = await currentGroup(context, podId);
  const container = group?.containers.find((candidate) => candidate.container === name);
  if (group?.pause === undefined || container === undefined) {
    throw new ApocError(providerErrors.CONTAINER_UNKNOWN, { field: `${podId}/${name}` });
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
