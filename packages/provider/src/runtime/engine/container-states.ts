import pMap from "p-map";
import type { EngineClient } from "./engine-client.ts";
import { inspectContainer, phaseOf, type PodContainer } from "./pod-container.ts";
import type { ContainerPhase } from "../index.ts";

/** What a list of containers does not show. */
export interface ContainerState {
  readonly phase: ContainerPhase;
  /** Of an ended container. */
  readonly exitCode: number | undefined;
  readonly oomKilled: boolean;
  /** RFC 3339; `undefined` before the first start. */
  readonly startedAt: string | undefined;
}

/** Concurrent inspections. */
const parallel = 8;

/**
 * Caches inspections, so that a container is inspected once for each change that a list shows, and not once a round. It
 * can be emptied at any time.
 */
export class ContainerStates {
  readonly #known = new Map<string, { readonly seen: string; readonly state: ContainerState }>();

  /** Inspects what has changed since the last time. Containers that are gone by now are missing in the result. */
  async of(
    client: EngineClient,
    containers: readonly PodContainer[],
  ): Promise<ReadonlyMap<string, ContainerState>> {
    const found = new Map<string, ContainerState>();
    await pMap(
      containers,
      async (container) => {
        const state = this.#remembered(container) ?? (await this.#inspect(client, container));
        if (state !== undefined) found.set(container.id, state);
      },
      { concurrency: parallel },
    );
    return found;
  }

  /** Forgets all containers but these; to be called with a complete list. */
  keep(containers: readonly PodContainer[]): void {
    const ids = new Set(containers.map(({ id }) => id));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
  }

  /** Forgets one container, or all: it may have changed without a trace in the list. */
  forget(id?: string): void {
    if (id === undefined) this.#known.clear();
    else this.#known.delete(id);
  }

  #remembered(container: PodContainer): ContainerState | undefined {
    const known = this.#known.get(container.id);
    return known?.seen === seenOf(container) ? known.state : undefined;
  }

  async #inspect(client: EngineClient, container: PodContainer): Promise<ContainerState | undefined> {
    const inspection = await inspectContainer(client, container.id);
    if (inspection === undefined) return undefined;
    const { Status, ExitCode, OOMKilled, StartedAt } = inspection.State;
    const phase = phaseOf(Status);
    const state: ContainerState = {
      phase,
      exitCode: phase === "exited" || phase === "dead" ? ExitCode : undefined,
      oomKilled: OOMKilled,
      startedAt: StartedAt.startsWith("0001-") ? undefined : StartedAt,
    };
    // Changed between list and inspection: the next list says the same.
    if (phase === container.phase) this.#known.set(container.id, { seen: seenOf(container), state });
    return state;
  }
}

/** What a list shows of a change; the name counts the restarts. */
function seenOf({ phase, name }: PodContainer): string {
  return `${phase} ${name}`;
}
