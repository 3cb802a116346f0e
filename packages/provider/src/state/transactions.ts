import type { DatabaseSync } from "node:sqlite";

export type TransactionStatus = "intended" | "confirmed" | "failed";

/** A transaction of the provider, as `apoc provider earnings` lists it. */
export interface TransactionRecord {
  readonly seq: number;
  readonly kind: string;
  readonly pod: string;
  readonly amount: bigint;
  readonly status: TransactionStatus;
  readonly hash?: string;
  readonly error?: string;
  /** Unix milliseconds. */
  readonly created: number;
}

/** Table `transactions`: written before sending, completed afterwards. */
export class TransactionTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  intend(kind: string, pod: string, amount: bigint, now: number): number {
    const { lastInsertRowid } = this.#database
      .prepare(
        "INSERT INTO transactions (kind, pod, amount, status, created, updated) VALUES (?, ?, ?, 'intended', ?, ?)",
      )
      .run(kind, pod, amount.toString(), now, now);
    return Number(lastInsertRowid);
  }

  /** `hash` is absent where the chain shows the effect and the transaction is not known: its answer was lost. */
  confirm(seq: number, hash: string | undefined, now: number): void {
    this.#database
      .prepare("UPDATE transactions SET status = 'confirmed', hash = ?, updated = ? WHERE seq = ?")
      .run(hash ?? null, now, seq);
  }

  fail(seq: number, error: string, now: number): void {
    this.#database
      .prepare("UPDATE transactions SET status = 'failed', error = ?, updated = ? WHERE seq = ?")
      .run(error.slice(0, 500), now, seq);
  }

  /** Newest first. */
  latest(limit = 50): TransactionRecord[] {
    return this.#database
      .prepare("SELECT * FROM transactions ORDER BY seq DESC LIMIT ?")
      .all(limit)
      .map(read);
  }

  /** Intents of a kind that the chain is not known to show yet, whether they were tried or not, oldest first. */
  open(kind: string): TransactionRecord[] {
    return this.#database
      .prepare("SELECT * FROM transactions WHERE kind = ? AND status <> 'confirmed' ORDER BY seq")
      .all(kind)
      .map(read);
  }
}

function read(row: Record<string, unknown>): TransactionRecord {
  return {
    seq: row["seq"] as number,
    kind: row["kind"] as string,
    pod: row["pod"] as string,
    amount: BigInt(row["amount"] as string),
    status: row["status"] as TransactionStatus,
    ...(row["hash"] === null ? {} : { hash: row["hash"] as string }),
    ...(row["error"] === null ? {} : { error: row["error"] as string }),
    created: row["created"] as number,
  };
}
