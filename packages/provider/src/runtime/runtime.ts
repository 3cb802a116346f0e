import type { Content, Descriptor, ImageConfig } from "@apoc/oci";

/**
 * One verified, decrypted image as it is fed to a runtime. `layers` are plain gzip or plain tar layers in order;
 * `open` may be called more than once and yields bytes that were checked against digest, HMAC and diffID.
 */
export interface VerifiedImage {
  /** D: digest of the platform manifest as published. */
  readonly digest: string;
  /** Exact bytes of the image config; its sha256 is the config digest. */
  readonly config: Uint8Array;
  readonly parsedConfig: ImageConfig;
  readonly layers: readonly { readonly descriptor: Descriptor; open(): Content }[];
}

/** A directory or file of the host that becomes part of a container. */
export interface DesiredMount {
  readonly hostPath: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
}

/**
 * What a runtime is asked to run. It has no field for what is never allowed: no privileges, capabilities, host
 * namespaces, devices, exec, hooks, shared processes or sockets of the engine.
 */
export interface DesiredContainer {
  readonly name: string;
  readonly image: VerifiedImage;
  /** Replaces the image's Entrypoint; absent for licensed images, always. */
  readonly command?: readonly string[];
  /** Replaces the image's Cmd. */
  readonly args?: readonly string[];
  readonly workingDir?: string;
  /** Added to the image's Env, later wins. */
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly DesiredMount[];
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

export interface DesiredPod {
  /** Channel id, 0x-prefixed lower-case hex of 32 bytes. */
  readonly podId: string;
  /** Grows with every change of the manifest; containers of an older generation are replaced. */
  readonly generation: number;
  readonly hostname: string;
  /** Ports the ingress will reach, TCP. */
  readonly ports: readonly number[];
  readonly containers: readonly DesiredContainer[];
}

export type ContainerPhase = "created" | "running" | "exited" | "dead";

/** What is there, read from the runtime's labels, never from memory. */
export interface ObservedPod {
  readonly podId: string;
  readonly generation: number;
  /** Address at which the provider's ingress reaches a port of the pod, or undefined while it has none. */
  address(port: number): { readonly host: string; readonly port: number } | undefined;
  readonly containers: readonly {
    readonly name: string;
    readonly phase: ContainerPhase;
    readonly exitCode: number | undefined;
    readonly restarts: number;
    readonly oomKilled: boolean;
    readonly startedAt: string | undefined;
  }[];
}

export interface LogLine {
  readonly container: string;
  readonly stream: "stdout" | "stderr";
  /** RFC 3339 with nanoseconds, from the runtime. */
  readonly time: string;
  readonly text: string;
}

export interface LogOptions {
  readonly container?: string;
  readonly follow?: boolean;
  /** Only the last N lines of each container. */
  readonly tail?: number;
  readonly since?: string;
  readonly signal?: AbortSignal;
}

export interface RuntimeInfo {
  readonly name: "docker" | "podman";
  readonly version: string;
  readonly socket: string;
  readonly rootless: boolean;
  readonly architecture: string;
}

/** CRI-shaped: every engine passes the same conformance suite (`runtime/conformance.ts`). */
export interface PodRuntime {
  probe(): Promise<RuntimeInfo>;
  /**
   * Makes the pod run as desired. Idempotent on (podId, generation). Images are loaded from verified bytes, never
   * pulled. Every container is created, read back and compared, and only then started; a difference removes the pod
   * and throws `READBACK_MISMATCH`.
   */
  apply(pod: DesiredPod): Promise<void>;
  /** Starts stopped containers of a pod that still exists, for instance after a crash of one; no new image needed. */
  restart(podId: string, container: string): Promise<void>;
  observe(podId?: string): Promise<readonly ObservedPod[]>;
  logs(podId: string, options: LogOptions): AsyncIterable<LogLine>;
  /** Removes containers, network and images of the pod; removing what is gone is no error. */
  remove(podId: string): Promise<void>;
  /** Removes what carries this provider's label but belongs to no known pod. */
  gc(known: ReadonlySet<string>): Promise<readonly string[]>;
}
