export type ContainerPhase = "created" | "running" | "exited" | "dead";

/** A container as the runtime last saw it. */
export interface ObservedContainer {
  readonly name: string;
  readonly phase: ContainerPhase;
  readonly exitCode: number | undefined;
  readonly restarts: number;
  readonly oomKilled: boolean;
  /** RFC 3339. */
  readonly startedAt: string | undefined;
}

/** Where the provider reaches a port of a pod. */
export interface PortAddress {
  readonly host: string;
  readonly port: number;
}

/** A pod as the runtime reports it, not as it was requested. */
export interface ObservedPod {
  readonly podId: string;
  readonly generation: number;
  /** Address at which the ingress reaches a port of the pod; `undefined` while it has none. */
  address(port: number): PortAddress | undefined;
  readonly containers: readonly ObservedContainer[];
}
