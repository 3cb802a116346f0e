import { ensureIsolated, podmanIsolates } from "./pod-network.ts";
import type { EngineContext } from "./pod-objects.ts";

/** Starts the pause container. Before and after, the pod's network must be isolated. */
export async function startPause(context: EngineContext, id: string, network: string): Promise<void> {
  await ensureIsolated(context, network);
  await context.client.call("POST", `/containers/${id}/start`);
  if (context.engine.name === "podman" && !(await podmanIsolates(context, network))) {
    // Podman forgot it in between, perhaps before it set the rules: repeat.
    await context.client.call("POST", `/containers/${id}/kill`, { accept: [409] });
    await ensureIsolated(context, network);
    await context.client.call("POST", `/containers/${id}/start`);
    await ensureIsolated(context, network);
  }
}
