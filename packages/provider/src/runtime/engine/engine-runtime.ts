import type { PodRuntime, RuntimeInfo } from "../index.ts";
import { applyPod } from "./apply-pod.ts";
import { createEngineClient } from "./engine-client.ts";
import { probeEngine } from "./engine-socket.ts";
import { checkInstance } from "./labels.ts";
import { ContainerStates } from "./container-states.ts";
import { HostVolumes } from "./host-volumes.ts";
import { listPods, observePod } from "./observe-pods.ts";
import { podLogs } from "./pod-logs.ts";
import { enforceIsolation } from "./podman-isolation.ts";
import type { EngineContext } from "./pod-objects.ts";
import { collectGarbage, removePod, takeDownPod } from "./remove-pod.ts";
import { restartContainer } from "./restart-container.ts";
import { watchPods } from "./watch-pods.ts";

/** Longest time between two looks at the isolation of networks while pods are observed. */
const isolationMilliseconds = 1_000;

export interface EngineRuntimeOptions {
  /** Path of the engine's unix socket; see `findEngineSocket`. */
  readonly socket: string;
  /** Value of the instance label: tells this provider's objects from others' on the same engine. */
  readonly instance: string;
  /** Folder in which volumes of pods lie. */
  readonly dataDir: string;
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
  const states = new ContainerStates();
  let known: Promise<EngineContext> | undefined;
  const probe = async (): Promise<EngineContext> => {
    const engine = await probeEngine(options.socket);
    return {
      engine,
      client: createEngineClient(options.socket, engine.apiPrefix),
      instance: options.instance,
      volumes: await HostVolumes.open(options.dataDir, options.instance),
      states,
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
  /** Removing a pod, or a part of one, may remove the isolation of all others. */
  const isolating = async <T>(work: (all: EngineContext) => Promise<T>): Promise<T> => {
    const all = await context();
    try {
      return await work(all);
    } finally {
      await enforceIsolation(all.engine);
    }
  };
  /** Observation does not depend on isolation; the next start does. */
  const looking = async (): Promise<EngineContext> => {
    const all = await context();
    if (Date.now() - held >= isolationMilliseconds) {
      held = Date.now();
      await enforceIsolation(all.engine).catch(() => undefined);
    }
    return all;
  };
  let held = 0;

  return {
    probe: async (): Promise<RuntimeInfo> => {
      const { name, version, socket, architecture } = (await refresh()).engine;
      return { name: `${name} ${version}`, endpoint: socket, architecture };
    },
    apply: async (pod) => isolating((all) => applyPod(all, pod)),
    restart: async (podId, container) => restartContainer(await context(), podId, container),
    list: async () => listPods(await looking()),
    observe: async (podId) => observePod(await looking(), podId),
    watch: async function* (signal) {
      yield* watchPods(await context(), signal);
    },
    logs: async function* (podId, logOptions) {
      yield* podLogs(await context(), podId, logOptions);
    },
    takeDown: async (podId) => isolating((all) => takeDownPod(all, podId)),
    remove: async (podId) => isolating((all) => removePod(all, podId)),
    gc: async (pods) => isolating((all) => collectGarbage(all, pods)),
  };
}
