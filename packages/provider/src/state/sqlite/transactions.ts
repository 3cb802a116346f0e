import type { DatabaseSync } from "node:sqlite";
import type { TransactionRecord, TransactionStatus, TransactionStore } from "../transactions.ts";
import { transaction } from "./database.ts";

/** Table `transactions`. */
export class SqliteTransactions implements TransactionStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async intend(kind: string, channel: string, amount: bigint, now: number): Promise<number> {
    return this.#insert(kind, channel, amount, now);
  }

  async intendOnce(kind: string, channel: string, amount: bigint, now: number): Promise<number> {
    return transaction(this.#database, () => {
      const [open] = this.#open(kind, channel);
      return open?.seq ?? this.#insert(kind, channel, amount, now);
    });
  }

  async confirm(seq: number, hash: string | undefined, now: number): Promise<void> {
    this.#database
      .prepare("UPDATE transactions SET status = 'confirmed', hash = ?, updated = ? WHERE seq = ?")
      .run(hash ?? null, now, seq);
  }

  async fail(seq: number, error: string, now: number): Promise<void> {
    this.#database
      .prepare("UPDATE transactions SET status = 'failed', error = ?, updated = ? WHERE seq = ?")
      .run(error.slice(0, 500), now, seq);
  }

  async latest(limit = 50): Promise<TransactionRecord[]> {
    return this.#database
      .prepare("SELECT * FROM transactions ORDER BY seq DESC LIMIT ?")
      .all(limit)
      .map(read);
  }

  async open(kind: string, channel?: string): Promise<TransactionRecord[]> {
    return this.#open(kind, channel);
  }

  #insert(kind: string, channel: string, amount: bigint, now: number): number {
    const { lastInsertRowid } = this.#database
      .prepare(
        "INSERT INTO transactions (kind, channel, amount, status, created, updated) VALUES (?, ?, ?, 'intended', ?, ?)",
      )
      .run(kind, channel, amount.toString(), now, now);
    return Number(lastInsertRowid);
  }

  #open(kind: string, channel?: string): TransactionRecord[] {
    return this.#database
      .prepare(
        `SELECT * FROM transactions WHERE kind = ? AND status <> 'confirmed' AND channel = coalesce(?, channel) ORDER BY seq`,
      )
      .all(kind, channel ?? null)
      .map(read);
  }
}

function read(row: Record<string, unknown>): TransactionRecord {
  return {
    seq: row["seq"] as number,
    kind: row["kind"] as string,
    channel: row["channel"] as string,
    amount: BigInt(row["amount"] as string),
    status: row["status"] as TransactionStatus,
    ...(row["hash"] === null ? {} : { hash: row["hash"] as string }),
    ...(row["error"] === null ? {} : { error: row["error"] as string }),
    created: row["created"] as number,
  };
}
