/** `intended` until the chain or a failure answers. */
export type TransactionStatus = "intended" | "confirmed" | "failed";

/** A transaction of the provider's account, or the intent to send one. */
export interface TransactionRecord {
  readonly seq: number;
  readonly kind: string;
  /** Channel id. */
  readonly channel: string;
  /** Base units. */
  readonly amount: bigint;
  readonly status: TransactionStatus;
  readonly hash?: string;
  readonly error?: string;
  /** Unix milliseconds. */
  readonly created: number;
}

/** Transactions: written before sending, completed afterwards. Times are Unix milliseconds. */
export interface TransactionStore {
  /** Stores an intent, durable when this resolves. @returns its `seq` */
  intend(kind: string, channel: string, amount: bigint, now: number): Promise<number>;
  /** The same unless the channel has an open intent of this kind, in one atomic step. @returns the `seq` of the open one */
  intendOnce(kind: string, channel: string, amount: bigint, now: number): Promise<number>;
  /** `hash` is absent where the chain shows the effect and the transaction is not known: its answer was lost. */
  confirm(seq: number, hash: string | undefined, now: number): Promise<void>;
  fail(seq: number, error: string, now: number): Promise<void>;
  /** Newest first. */
  latest(limit?: number): Promise<TransactionRecord[]>;
  /** Intents of a kind that are not confirmed, tried or not, oldest first; of all channels or of one. */
  open(kind: string, channel?: string): Promise<TransactionRecord[]>;
}
