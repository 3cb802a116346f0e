import type { DesiredPod } from "./desired-pod.ts";
import type { ObservedPod } from "./observed-pod.ts";
import type { LogLine, LogOptions } from "./pod-log.ts";

/** Identification of a runtime. */
export interface RuntimeInfo {
  /** Program and version, for people. */
  readonly name: string;
  /** Socket or URL, for people. */
  readonly endpoint: string;
  /** OCI name of the processor that its pods run on. */
  readonly architecture: string;
}

/**
 * Where pods run: an engine on this machine, or a cluster. Everything that is known about pods is stored there, so a new
 * provider process continues where the last one stopped. Every runtime passes the same suite (`conformance/`).
 */
export interface PodRuntime {
  /** Identifies the engine or cluster. @throws when it does not answer */
  probe(): Promise<RuntimeInfo>;
  /**
   * Creates and starts the pod with its volumes. Idempotent on (podId, generation). Images are loaded from verified
   * bytes; the engine never pulls. What was created is read back and compared before it is started.
   * @throws POD_INVALID; READBACK_MISMATCH, after which nothing of the pod is left; on other errors an older generation
   * keeps running
   */
  apply(pod: DesiredPod): Promise<void>;
  /** Restarts an ended container with its files; needs no image. @throws CONTAINER_UNKNOWN */
  restart(podId: string, container: string): Promise<void>;
  /** All pods of this provider, each with its current generation, at the cost of about one request. */
  list(): Promise<readonly ObservedPod[]>;
  /** One pod, `undefined` when there is none. */
  observe(podId: string): Promise<ObservedPod | undefined>;
  /**
   * Ids of pods of which a container has ended, or something else changed that {@link list} shows. Only announces what
   * the next list shows anyway: changes may be missed or repeated. Ends with the signal. @throws when the runtime becomes
   * unreachable
   */
  watch(signal: AbortSignal): AsyncIterable<string>;
  /** @throws CONTAINER_UNKNOWN; POD_INVALID for invalid options */
  logs(podId: string, options: LogOptions): AsyncIterable<LogLine>;
  /** Removes containers, network, images and secrets of the pod. Persistent volumes stay for the next `apply`. */
  takeDown(podId: string): Promise<void>;
  /** Removes everything of the pod, including volumes; nothing happens if it is gone already. */
  remove(podId: string): Promise<void>;
  /** Removes what belongs to this provider but to no known pod, including volumes. Returns the ids of those pods. */
  gc(known: ReadonlySet<string>): Promise<readonly string[]>;
}
