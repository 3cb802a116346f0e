import type { DatabaseSync } from "node:sqlite";
import { AdmissionMemory } from "./admission-memory.ts";
import { openDatabase } from "./database.ts";
import { PodTable } from "./pods.ts";
import { TransactionTable } from "./transactions.ts";
import { UsageTable } from "./usage.ts";

/** Everything the provider keeps: one SQLite database, intents before acts. */
export interface State {
  readonly pods: PodTable;
  readonly usage: UsageTable;
  readonly transactions: TransactionTable;
  readonly memory: AdmissionMemory;
  /** A small value that should outlive the process. */
  meta(key: string): string | undefined;
  setMeta(key: string, value: string): void;
  readonly close: () => void;
}

/** Opens the state of a data folder. @throws STATE_VERSION, STATE_UNREADABLE */
export function openState(dataDir: string, options: { readOnly?: boolean } = {}): State {
  const database: DatabaseSync = openDatabase(dataDir, options);
  return {
    pods: new PodTable(database),
    usage: new UsageTable(database),
    transactions: new TransactionTable(database),
    memory: new AdmissionMemory(database),
    meta: (key) =>
      database.prepare("SELECT value FROM meta WHERE key = ?").get(key)?.["value"] as string | undefined,
    setMeta: (key, value) => {
      database
        .prepare(
          "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .run(key, value);
    },
    close: () => database.close(),
  };
}
