import type { DesiredPod } from "./desired-pod.ts";
import type { ObservedPod } from "./observed-pod.ts";
import type { LogLine, LogOptions } from "./pod-log.ts";

/** What a runtime says about itself. */
export interface RuntimeInfo {
  /** Program and version, for people. */
  readonly name: string;
  /** Where it is reached, for people. */
  readonly endpoint: string;
  /** OCI name of the processor that its pods run on. */
  readonly architecture: string;
}

/**
 * The place where pods run: an engine on this machine, or a cluster. All knowledge about pods is in that place, so that
 * a new process continues where another ended. Every runtime passes the same suite (`conformance/`).
 */
export interface PodRuntime {
  /** Asks the place who it is. @throws when it does not answer */
  probe(): Promise<RuntimeInfo>;
  /**
   * Makes the pod run as desired, with its volumes. Idempotent on (podId, generation). Images are brought as verified
   * bytes, never pulled by the place itself. What was made is read back and compared before it is started.
   * @throws POD_INVALID, READBACK_MISMATCH (nothing of the pod is kept then); an older generation runs on otherwise
   */
  apply(pod: DesiredPod): Promise<void>;
  /** Starts an ended container of a pod again, with the same files; no image is needed. @throws CONTAINER_UNKNOWN */
  restart(podId: string, container: string): Promise<void>;
  /** All pods of this provider, each with the generation that counts, at the price of about one question. */
  list(): Promise<readonly ObservedPod[]>;
  /** One pod, `undefined` when there is none. */
  observe(podId: string): Promise<ObservedPod | undefined>;
  /**
   * Ids of pods of which a container has ended, or something else changed that {@link list} shows. Tells early what the
   * next list tells anyway: changes may be missed or told twice. Ends with the signal. @throws when the place goes away
   */
  watch(signal: AbortSignal): AsyncIterable<string>;
  /** @throws CONTAINER_UNKNOWN, POD_INVALID for options that mean nothing */
  logs(podId: string, options: LogOptions): AsyncIterable<LogLine>;
  /** Removes containers, network, images and secrets of the pod. Persistent volumes stay for the next `apply`. */
  takeDown(podId: string): Promise<void>;
  /** Removes everything of the pod, volumes too; to remove what is gone is no error. */
  remove(podId: string): Promise<void>;
  /** Removes what is this provider's but belongs to no known pod, volumes too. Gives the ids of those pods. */
  gc(known: ReadonlySet<string>): Promise<readonly string[]>;
}
