import type { Clock } from "../clock.ts";
import { describeError, type Log } from "../log.ts";
import type { PodRuntime } from "../runtime/index.ts";
import type { State } from "../state/index.ts";

/** Removes the containers of all pods, which stay meant to run: the next start makes them again. */
export async function takeDownPods(options: {
  readonly state: Pick<State, "pods">;
  readonly runtime: Pick<PodRuntime, "takeDown">;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<void> {
  const { state, runtime, clock, log } = options;
  for (const { id, generation } of await state.pods.live()) {
    await runtime.takeDown(id).catch((error: unknown) => log.warn(`pod ${id}: ${describeError(error)}`));
    await state.pods.setState(id, generation, "accepted", clock.wall());
  }
}
