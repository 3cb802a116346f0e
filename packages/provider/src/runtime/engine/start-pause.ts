import { ensureIsolated, podmanIsolates } from "./pod-network.ts";
import type { EngineContext } from "./pod-objects.ts";

/** Starts the container that holds the network; before and after it the network must be one of its own. */
export async function startPause(context: EngineContext, id: string, network: string): Promise<void> {
  await ensureIsolated(context, network);
  await context.client.call("POST", `/containers/${id}/start`);
  if (context.engine.name === "podman" && !(await podmanIsolates(context, network))) {
    // It was forgotten in between, perhaps before the rules were set: once more, now knowing it.
    await context.client.call("POST", `/containers/${id}/kill`, { accept: [409] });
    await ensureIsolated(context, network);
    await context.client.call("POST", `/containers/${id}/start`);
    await ensureIsolated(context, network);
  }
}
