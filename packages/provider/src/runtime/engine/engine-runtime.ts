import type { PodRuntime, RuntimeInfo } from "../runtime.ts";
import { applyPod } from "./apply-pod.ts";
import { createEngineClient } from "./engine-client.ts";
import { probeEngine } from "./engine-socket.ts";
import { checkInstance } from "./labels.ts";
import { observePods, restartContainer } from "./observe-pods.ts";
import { podLogs } from "./pod-logs.ts";
import type { EngineContext } from "./pod-objects.ts";
import { collectGarbage, removePod } from "./remove-pod.ts";

export interface EngineRuntimeOptions {
  /** Path of the engine's unix socket; see `findEngineSocket`. */
  readonly socket: string;
  /** Value of the instance label: tells this provider's objects from others' on the same engine. */
  readonly instance: string;
  /** Reach pods through ephemeral loopback ports. Default: only where their own addresses cannot be reached. */
  readonly publishPorts?: boolean;
  /** Seconds a program has between SIGTERM and SIGKILL; default 10. */
  readonly stopSeconds?: number;
}

/**
 * A {@link PodRuntime} over the Docker Engine API, for Docker and Podman. All knowledge about pods is in the
 * engine's labels and names: a new object over the same socket continues where another ended. Throws
 * `POD_INVALID` for an unusable instance name; the methods throw the 71xx errors.
 */
export function createEngineRuntime(options: EngineRuntimeOptions): PodRuntime {
  checkInstance(options.instance);
  let known: Promise<EngineContext> | undefined;
  const probe = async (): Promise<EngineContext> => {
    const engine = await probeEngine(options.socket);
    return {
      engine,
      client: createEngineClient(options.socket, engine.apiPrefix),
      instance: options.instance,
      publish: options.publishPorts ?? !engine.reachable,
      stopSeconds: options.stopSeconds ?? 10,
    };
  };
  const refresh = (): Promise<EngineContext> => {
    known = probe();
    known.catch(() => (known = undefined));
    return known;
  };
  const context = () => known ?? refresh();

  return {
    probe: async (): Promise<RuntimeInfo> => {
      const { name, version, socket, rootless, architecture } = (await refresh()).engine;
      return { name, version, socket, rootless, architecture };
    },
    apply: async (pod) => applyPod(await context(), pod),
    restart: async (podId, container) => restartContainer(await context(), podId, container),
    observe: async (podId) => observePods(await context(), podId),
    logs: async function* (podId, logOptions) {
      yield* podLogs(await context(), podId, logOptions);
    },
    remove: async (podId) => removePod(await context(), podId),
    gc: async (pods) => collectGarbage(await context(), pods),
  };
}
