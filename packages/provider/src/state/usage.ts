/** A running time of a pod that was measured. */
export interface UsageDelta {
  readonly pod: string;
  /** Unix milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Measured with the monotonic clock; need not equal `to - from`. */
  readonly milliseconds: number;
  readonly rate: bigint;
}

/** What each pod used, and how much of it was claimed on chain. Amounts are base units; each method is one atomic step. */
export interface UsageStore {
  /**
   * Adds deltas of any number of pods in one step; they are durable when this resolves. Deltas of one pod are added in
   * their order; its total never falls. Gives what each delta has added to its pod's total.
   */
  add(deltas: readonly UsageDelta[]): Promise<readonly bigint[]>;
  /** End of the last delta, Unix milliseconds. */
  lastEnd(pod: string): Promise<number | undefined>;
  /** Cumulative execution cost. */
  total(pod: string): Promise<bigint>;
  /** Cumulative running time in milliseconds. */
  milliseconds(pod: string): Promise<number>;
  /** Cumulative execution cost that the chain has recorded. */
  claimed(pod: string): Promise<bigint>;
  setClaimed(pod: string, exec: bigint, now: number): Promise<void>;
}
