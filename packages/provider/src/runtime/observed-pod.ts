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

/** Where a port of a pod is reached from the provider. */
export interface PortAddress {
  readonly host: string;
  readonly port: number;
}

/** What is there, read from the place where it runs, never from memory of what was asked for. */
export interface ObservedPod {
  readonly podId: string;
  readonly generation: number;
  /** Address at which the provider's ingress reaches a port of the pod, or `undefined` while it has none. */
  address(port: number): PortAddress | undefined;
  readonly containers: readonly ObservedContainer[];
}
