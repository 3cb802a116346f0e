import type { DatabaseSync, StatementSync } from "node:sqlite";
import { executionCost } from "@apoc/core";
import type { UsageDelta, UsageStore } from "../usage.ts";
import { transaction } from "./database.ts";

/** Longest time that one row covers, in milliseconds: rows stay few, and each costs at most one base unit of rounding. */
const rowSpan = 3_600_000;
/** Rows whose ends are this near to the next delta go on. */
const contiguous = 1_000;

/** Tables `usage` and `claims`. */
export class SqliteUsage implements UsageStore {
  readonly #database: DatabaseSync;
  /** Prepared once: they run for every pod in every round. */
  readonly #last: StatementSync;
  readonly #lengthen: StatementSync;
  readonly #insert: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#last = database.prepare(
      "SELECT seq, started, ended, milliseconds, rate, exec FROM usage WHERE channel = ? ORDER BY seq DESC LIMIT 1",
    );
    this.#lengthen = database.prepare("UPDATE usage SET ended = ?, milliseconds = ?, exec = ? WHERE seq = ?");
    this.#insert = database.prepare(
      "INSERT INTO usage (channel, started, ended, milliseconds, rate, exec) VALUES (?, ?, ?, ?, ?, ?)",
    );
  }

  async add(deltas: readonly UsageDelta[]): Promise<readonly bigint[]> {
    return transaction(this.#database, () => deltas.map((delta) => this.#add(delta)));
  }

  async lastEnd(channel: string): Promise<number | undefined> {
    return this.#last.get(channel)?.["ended"] as number | undefined;
  }

  async total(channel: string): Promise<bigint> {
    const rows = this.#database.prepare("SELECT exec FROM usage WHERE channel = ?").all(channel);
    return rows.reduce((sum, row) => sum + BigInt(row["exec"] as string), 0n);
  }

  async milliseconds(channel: string): Promise<number> {
    const row = this.#database
      .prepare("SELECT sum(milliseconds) AS sum FROM usage WHERE channel = ?")
      .get(channel);
    return (row?.["sum"] as number | null) ?? 0;
  }

  async claimed(channel: string): Promise<bigint> {
    const row = this.#database.prepare("SELECT exec FROM claims WHERE channel = ?").get(channel);
    return row === undefined ? 0n : BigInt(row["exec"] as string);
  }

  async setClaimed(channel: string, exec: bigint, now: number): Promise<void> {
    this.#database
      .prepare(
        `INSERT INTO claims (channel, exec, updated) VALUES (?, ?, ?)
         ON CONFLICT (channel) DO UPDATE SET exec = excluded.exec, updated = excluded.updated`,
      )
      .run(channel, exec.toString(), now);
  }

  /** Lengthens the last row where the delta goes on from it. A row's cost is that of its whole time, rounded down. */
  #add({ channel, from, to, milliseconds, rate }: UsageDelta): bigint {
    const last = this.#last.get(channel);
    const goesOn =
      last !== undefined &&
      last["rate"] === rate.toString() &&
      Math.abs(from - (last["ended"] as number)) <= contiguous &&
      to - (last["started"] as number) <= rowSpan;
    if (goesOn) {
      const total = (last["milliseconds"] as number) + milliseconds;
      const exec = executionCost(rate, BigInt(total));
      this.#lengthen.run(to, total, exec.toString(), last["seq"] as number);
      return exec - BigInt(last["exec"] as string);
    }
    const exec = executionCost(rate, BigInt(milliseconds));
    this.#insert.run(channel, from, to, milliseconds, rate.toString(), exec.toString());
    return exec;
  }
}
