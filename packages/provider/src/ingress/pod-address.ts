/** Where a pod accepts connections. */
export interface PodTarget {
  readonly host: string;
  readonly port: number;
}

/** `starting` while a pod is known but does not accept connections yet, `undefined` when there is no such pod. */
export type PodAddress = PodTarget | "starting" | undefined;
