import { maxPodChannels, type PodStatus } from "@apoc/core";
import type { PodUrls } from "../ingress/index.ts";
import type { Reconciler } from "../reconcile/index.ts";
import type { PodRecord, State } from "../state/index.ts";

/** Where the parts of a status come from. */
export interface StatusParts {
  readonly state: Pick<State, "usage">;
  readonly reconciler: Pick<Reconciler, "observed">;
  readonly podUrls?: PodUrls;
}

/** A pod as its publisher sees it: what is meant to run, what was last seen of it, what was metered and claimed. */
export async function podStatus(
  pod: PodRecord,
  { state, reconciler, podUrls }: StatusParts,
): Promise<PodStatus> {
  const observed = reconciler.observed(pod.id);
  const address = pod.ingress === undefined ? undefined : podUrls?.of(pod.label);
  return {
    version: 2,
    publisher: pod.publisher,
    podId: pod.podId,
    name: pod.name,
    state: pod.state,
    ...(pod.reason === undefined ? {} : { reason: pod.reason }),
    ...(address === undefined ? {} : { address }),
    containers: (observed?.containers ?? []).map(({ name, phase, restarts, exitCode }) => ({
      name,
      phase,
      restarts,
      ...(exitCode === undefined ? {} : { exitCode }),
    })),
    channels: await Promise.all(
      pod.channels.slice(-maxPodChannels).map(async ({ id }) => ({
        id,
        metered: await state.usage.total(id),
        claimed: await state.usage.claimed(id),
      })),
    ),
  };
}
