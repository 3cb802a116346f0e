import type { DatabaseSync } from "node:sqlite";
import { executionCost } from "@apoc/core";

/** Longest time that one row covers, in milliseconds: rows stay few, and each costs at most one base unit of rounding. */
const rowSpan = 3_600_000;
/** Rows whose ends are this near to the next delta go on. */
const contiguous = 1_000;

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

/** Table `usage` and `claims`: what was used, and how much of it was claimed on chain. */
export class UsageTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Adds a delta; on disk when this returns. Costs never shrink: a row's cost is that of its whole time, rounded down. */
  add({ pod, from, to, milliseconds, rate }: UsageDelta): void {
    const last = this.#database
      .prepare(
        "SELECT seq, started, ended, milliseconds, rate FROM usage WHERE pod = ? ORDER BY seq DESC LIMIT 1",
      )
      .get(pod);
    const goesOn =
      last !== undefined &&
      last["rate"] === rate.toString() &&
      Math.abs(from - (last["ended"] as number)) <= contiguous &&
      to - (last["started"] as number) <= rowSpan;
    if (goesOn) {
      const total = (last["milliseconds"] as number) + milliseconds;
      this.#database
        .prepare("UPDATE usage SET ended = ?, milliseconds = ?, exec = ? WHERE seq = ?")
        .run(to, total, executionCost(rate, BigInt(total)).toString(), last["seq"] as number);
      return;
    }
    this.#database
      .prepare("INSERT INTO usage (pod, started, ended, milliseconds, rate, exec) VALUES (?, ?, ?, ?, ?, ?)")
      .run(
        pod,
        from,
        to,
        milliseconds,
        rate.toString(),
        executionCost(rate, BigInt(milliseconds)).toString(),
      );
  }

  /** End of the last delta, Unix milliseconds. */
  lastEnd(pod: string): number | undefined {
    const row = this.#database
      .prepare("SELECT ended FROM usage WHERE pod = ? ORDER BY seq DESC LIMIT 1")
      .get(pod);
    return row?.["ended"] as number | undefined;
  }

  /** Cumulative execution cost, base units. */
  total(pod: string): bigint {
    const rows = this.#database.prepare("SELECT exec FROM usage WHERE pod = ?").all(pod);
    return rows.reduce((sum, row) => sum + BigInt(row["exec"] as string), 0n);
  }

  /** Cumulative running time in milliseconds. */
  milliseconds(pod: string): number {
    const row = this.#database.prepare("SELECT sum(milliseconds) AS sum FROM usage WHERE pod = ?").get(pod);
    return (row?.["sum"] as number | null) ?? 0;
  }

  /** Cumulative execution cost that the chain has recorded. */
  claimed(pod: string): bigint {
    const row = this.#database.prepare("SELECT exec FROM claims WHERE pod = ?").get(pod);
    return row === undefined ? 0n : BigInt(row["exec"] as string);
  }

  setClaimed(pod: string, exec: bigint, now: number): void {
    this.#database
      .prepare(
        `INSERT INTO claims (pod, exec, updated) VALUES (?, ?, ?)
         ON CONFLICT (pod) DO UPDATE SET exec = excluded.exec, updated = excluded.updated`,
      )
      .run(pod, exec.toString(), now);
  }
}
