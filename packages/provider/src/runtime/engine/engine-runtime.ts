import type { PodRuntime, RuntimeInfo } from "../runtime.ts";
import { applyPod } from "./apply-pod.ts";
import { createEngineClient } from "./engine-client.ts";
import { probeEngine } from "./engine-socket.ts";
import { checkInstance } from "./labels.ts";
import { observePods, restartContainer } from "./observe-pods.ts";
import { podLogs } from "./pod-logs.ts";
import { holdIsolation } from "./podman-isolation.ts";
import type { EngineContext } from "./pod-objects.ts";
import { collectGarbage, removePod } from "./remove-pod.ts";

/** Longest time between two looks at the isolation of networks while pods are observed. */
const isolationMilliseconds = 1_000;

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
  /** Whatever ends, a pod or a part of one, may take the isolation of all others with it. */
  const isolating = async <T>(work: (all: EngineContext) => Promise<T>): Promise<T> => {
    const all = await context();
    try {
      return await work(all);
    } finally {
      await holdIsolation(all.engine);
    }
  };
  let held = 0;

  return {
    probe: async (): Promise<RuntimeInfo> => {
      const { name, version, socket, rootless, architecture } = (await refresh()).engine;
      return { name, version, socket, rootless, architecture };
    },
    apply: async (pod) => isolating((all) => applyPod(all, pod)),
    restart: async (podId, container) => restartContainer(await context(), podId, container),
    observe: async (podId) => {
      const all = await context();
      if (Date.now() - held >= isolationMilliseconds) {
        held = Date.now();
        // To see what runs must not depend on it; the next start does.
        await holdIsolation(all.engine).catch(() => undefined);
      }
      return observePods(all, podId);
    },
    logs: async function* (podId, logOptions) {
      yield* podLogs(await context(), podId, logOptions);
    },
    remove: async (podId) => isolating((all) => removePod(all, podId)),
    gc: async (pods) => isolating((all) => collectGarbage(all, pods)),
  };
}
