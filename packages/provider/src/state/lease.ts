/** The right of one daemon to act on a state. While it is held nobody else acquires it; it ends with the process. */
export interface Lease {
  /** Aborted when the lease is lost before it is released: the holder must not act on the state any more. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}
