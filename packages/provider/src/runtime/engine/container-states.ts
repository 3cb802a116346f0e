import pMap from "p-map";
import type { EngineClient } from "./engine-client.ts";
import { inspectContainer, phaseOf, type PodContainer } from "./pod-container.ts";
import type { ContainerPhase } from "../index.ts";

/** What a list does not tell of a container. */
export interface ContainerState {
  readonly phase: ContainerPhase;
  /** Of an ended container. */
  readonly exitCode: number | undefined;
  readonly oomKilled: boolean;
  /** RFC 3339; `undefined` before the first start. */
  readonly startedAt: string | undefined;
}

/** Inspections that run at the same time. */
const parallel = 8;

/**
 * Remembers what inspections found, so that a container is inspected once for each change that a list shows, and not
 * once a round. Nothing here is needed to know what runs: an empty one fills itself with the next list.
 */
export class ContainerStates {
  readonly #known = new Map<string, { readonly seen: string; readonly state: ContainerState }>();

  /** Inspects what changed since the last time; those that are gone by now are missing in the answer. */
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

  /** Forgets all containers but these: to be called with those of a complete list. */
  keep(containers: readonly PodContainer[]): void {
    const ids = new Set(containers.map(({ id }) => id));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
  }

  /** Something happened to a container, or may have happened to any. */
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
