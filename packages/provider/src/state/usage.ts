/** A running time of a pod that was measured, and the channel that pays for it. */
export interface UsageDelta {
  /** Channel id. */
  readonly channel: string;
  /** Unix milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Measured with the monotonic clock; need not equal `to - from`. */
  readonly milliseconds: number;
  readonly rate: bigint;
}

/** What was used on each channel, and how much of it was claimed on chain. Amounts are base units; each method is one atomic step. */
export interface UsageStore {
  /**
   * Adds deltas of any number of channels in one step; they are durable when this resolves. Deltas of one channel are added in
   * their order; its total never falls. Gives what each delta has added to its channel's total.
   */
  add(deltas: readonly UsageDelta[]): Promise<readonly bigint[]>;
  /** End of the last delta, Unix milliseconds. */
  lastEnd(channel: string): Promise<number | undefined>;
  /** Cumulative execution cost. */
  total(channel: string): Promise<bigint>;
  /** Cumulative running time in milliseconds. */
  milliseconds(channel: string): Promise<number>;
  /** Cumulative execution cost that the chain has recorded. */
  claimed(channel: string): Promise<bigint>;
  setClaimed(channel: string, exec: bigint, now: number): Promise<void>;
}
