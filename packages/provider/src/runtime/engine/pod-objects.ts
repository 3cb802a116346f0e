import { setTimeout as sleep } from "node:timers/promises";
import { isApocError } from "@apoc/errors";
import { providerErrors } from "../../errors.ts";
import type { EngineClient } from "./engine-client.ts";
import type { ContainerStates } from "./container-states.ts";
import type { HostVolumes } from "./host-volumes.ts";
import { phaseOf, type PodContainer } from "./pod-container.ts";
import { parseAnswer, type EngineInfo } from "./engine-socket.ts";
import { containerList, type ListedPorts } from "./inspection.ts";
import { imageRepository, labelFilter, labels, readOwnership, restartsOf, shortPodId } from "./labels.ts";

/** What all parts of the runtime need. */
export interface EngineContext {
  readonly client: EngineClient;
  readonly engine: EngineInfo;
  readonly instance: string;
  readonly volumes: HostVolumes;
  readonly states: ContainerStates;
  /** Whether pods are reached through published loopback ports instead of their own address. */
  readonly publish: boolean;
  /** Seconds between SIGTERM and SIGKILL when a container is stopped. */
  readonly stopSeconds: number;
}

/** All containers of one try to run one generation of a pod. */
export interface PodGroup {
  readonly pod: string;
  readonly generation: number;
  readonly attempt: number;
  readonly pause: PodContainer | undefined;
  readonly containers: readonly PodContainer[];
}

/** This instance's containers, of one pod or of all, whatever their state. */
export async function listContainers(
  context: EngineContext,
  podId?: string,
): Promise<readonly PodContainer[]> {
  const { body } = await context.client.call("GET", "/containers/json", {
    query: { all: true, filters: labelFilter(context.instance, podId) },
  });
  return parseAnswer("GET /containers/json", containerList, body).flatMap((entry) => {
    const { Id, Names, State, Labels } = entry;
    const ownership = readOwnership(Labels);
    // Engines differ in how they join several label filters, so ours decides.
    if (
      ownership === undefined ||
      ownership.role === "network" ||
      Labels?.[labels.instance] !== context.instance
    )
      return [];
    if (podId !== undefined && ownership.pod !== podId) return [];
    const name = (Names?.[0] ?? "").replace(/^\//, "");
    return [
      {
        ...ownership,
        id: Id,
        name,
        phase: phaseOf(State),
        restarts: restartsOf(name),
        address: Object.values(entry.NetworkSettings?.Networks ?? {})[0]?.IPAddress ?? "",
        published: publishedPorts(entry.Ports ?? []),
      },
    ];
  });
}

function publishedPorts(ports: ListedPorts): ReadonlyMap<number, number> {
  return new Map(
    ports.flatMap(({ IP, PrivatePort, PublicPort }) =>
      IP === "127.0.0.1" && PublicPort !== undefined ? [[PrivatePort, PublicPort] as const] : [],
    ),
  );
}

/** Sorts containers into groups, the one that counts for each pod first: a running one, else the newest. */
export function groupContainers(containers: readonly PodContainer[]): readonly PodGroup[] {
  const byKey = Object.groupBy(
    containers,
    ({ pod, generation, attempt }) => `${pod}/${generation}/${attempt}`,
  );
  const groups = Object.values(byKey).flatMap((members = []) => {
    const first = members[0];
    if (first === undefined) return [];
    const { pod, generation, attempt } = first;
    const pause = members.find(({ role }) => role === "pause");
    return [
      { pod, generation, attempt, pause, containers: members.filter(({ role }) => role === "container") },
    ];
  });
  const alive = (group: PodGroup) => (group.containers.some(({ phase }) => phase !== "created") ? 1 : 0);
  return groups.toSorted(
    (a, b) => alive(b) - alive(a) || b.generation - a.generation || b.attempt - a.attempt,
  );
}

/** The group that counts of the pod, or `undefined` when there is none. */
export async function currentGroup(context: EngineContext, podId: string): Promise<PodGroup | undefined> {
  return groupContainers(await listContainers(context, podId))[0];
}

/** Lets containers end by themselves, then kills them; those that are gone or stopped are fine. */
export async function stopContainers(
  context: EngineContext,
  containers: readonly PodContainer[],
): Promise<void> {
  const running = containers.filter(({ phase }) => phase === "running");
  await Promise.all(
    running.map(({ id }) =>
      context.client.call("POST", `/containers/${id}/stop`, {
        query: { t: context.stopSeconds },
        timeout: (context.stopSeconds + 60) * 1000,
        accept: [404, 409],
      }),
    ),
  );
}

/** Removes containers with their anonymous volumes, the pause containers last since the others hang on them. */
export async function removeContainers(
  context: EngineContext,
  containers: readonly PodContainer[],
): Promise<void> {
  const remove = ({ id }: PodContainer) =>
    persistently(() =>
      context.client.call("DELETE", `/containers/${id}`, { query: { force: true, v: true }, accept: [404] }),
    );
  await Promise.all(containers.filter(({ role }) => role !== "pause").map(remove));
  await Promise.all(containers.filter(({ role }) => role === "pause").map(remove));
}

/**
 * Podman keeps the storage of a container whose making was cut short outside its list; such a leftover blocks the
 * name and keeps the image in use. Does nothing on docker.
 */
export async function removeExternal(context: EngineContext, podId?: string): Promise<void> {
  if (context.engine.name !== "podman") return;
  const prefix = `apoc-${podId === undefined ? "" : `${shortPodId(podId)}-`}`;
  const { body } = await context.client.call("GET", "/libpod/containers/json", {
    query: { all: true, external: true },
  });
  const listed = body as
    | { Id?: string; Names?: string[]; State?: string; Image?: string; Labels?: unknown }[]
    | null;
  for (const { Id, Names, State, Image } of listed ?? []) {
    const mine = Image?.startsWith(`${imageRepository(context.instance)}/`) === true;
    if (!mine || State !== "storage" || Id === undefined || Names?.[0]?.startsWith(prefix) !== true) continue;
    await context.client.call("DELETE", `/libpod/containers/${Id}`, {
      query: { force: true },
      accept: [404],
    });
  }
}

/** Repeats what an engine refuses while it is still busy with the last step (mounts, endpoints, removals). */
export async function persistently(step: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await step();
      return;
    } catch (error) {
      if (!isApocError(error, providerErrors.ENGINE_REFUSED) || tries === 8) throw error;
      await sleep(100 * tries);
    }
  }
}
