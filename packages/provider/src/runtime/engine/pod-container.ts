import type { ContainerPhase } from "../index.ts";
import type { EngineClient } from "./engine-client.ts";
import { parseAnswer } from "./engine-socket.ts";
import { type ContainerInspection, containerInspection } from "./inspection.ts";
import type { Ownership } from "./labels.ts";

/** A container as the engine lists it. */
export interface PodContainer extends Ownership {
  readonly id: string;
  readonly name: string;
  readonly phase: ContainerPhase;
  readonly restarts: number;
  /** Its own address in the pod's network; empty while it has none. */
  readonly address: string;
  /** Ports that are published on the loopback interface, by port of the container. */
  readonly published: ReadonlyMap<number, number>;
}

/** Full state of a container, `undefined` when it is gone. */
export async function inspectContainer(
  client: EngineClient,
  id: string,
): Promise<ContainerInspection | undefined> {
  const answer = await client.call("GET", `/containers/${id}/json`, { accept: [404] });
  return answer.status === 404
    ? undefined
    : parseAnswer("GET /containers/{id}/json", containerInspection, answer.body);
}

/** Both engines' words for a container's state, in ours. */
export function phaseOf(state: string): ContainerPhase {
  if (state === "running" || state === "paused" || state === "restarting") return "running";
  if (state === "created" || state === "configured" || state === "initialized") return "created";
  return state === "exited" || state === "stopped" ? "exited" : "dead";
}
