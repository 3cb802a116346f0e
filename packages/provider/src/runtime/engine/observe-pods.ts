import type { ObservedContainer, ObservedPod, PortAddress } from "../index.ts";
import type { ContainerState } from "./container-states.ts";
import { groupContainers, listContainers, type EngineContext, type PodGroup } from "./pod-objects.ts";

/** All pods, from one list. */
export async function listPods(context: EngineContext): Promise<readonly ObservedPod[]> {
  const containers = await listContainers(context);
  context.states.keep(containers);
  const groups = groupContainers(containers);
  const current = new Map<string, PodGroup>();
  for (const group of groups) if (!current.has(group.pod)) current.set(group.pod, group);
  return observeGroups(context, [...current.values()]);
}

/** One pod, `undefined` when there is none. */
export async function observePod(context: EngineContext, podId: string): Promise<ObservedPod | undefined> {
  const group = groupContainers(await listContainers(context, podId))[0];
  return group === undefined ? undefined : (await observeGroups(context, [group]))[0];
}

async function observeGroups(
  context: EngineContext,
  groups: readonly PodGroup[],
): Promise<readonly ObservedPod[]> {
  const states = await context.states.of(
    context.client,
    groups.flatMap(({ containers }) => containers),
  );
  return groups.map((group) => observedPod(context, group, states));
}

function observedPod(
  context: EngineContext,
  group: PodGroup,
  states: ReadonlyMap<string, ContainerState>,
): ObservedPod {
  const { pause } = group;
  const hasNetwork = pause?.phase === "running";
  return {
    podId: group.pod,
    generation: group.generation,
    address: (port) => (hasNetwork ? addressOf(context, pause, port) : undefined),
    containers: group.containers
      .flatMap(({ id, container, restarts }): readonly ObservedContainer[] => {
        const state = states.get(id);
        if (state === undefined) return [];
        // A program whose pause container is gone runs on in a network without interface: useless until restarted.
        const phase = state.phase === "running" && !hasNetwork ? "dead" : state.phase;
        return [{ ...state, name: container, phase, restarts }];
      })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function addressOf(
  context: EngineContext,
  { address, published }: NonNullable<PodGroup["pause"]>,
  port: number,
): PortAddress | undefined {
  if (!context.publish) return address === "" ? undefined : { host: address, port };
  const binding = published.get(port);
  return binding === undefined ? undefined : { host: "127.0.0.1", port: binding };
}
