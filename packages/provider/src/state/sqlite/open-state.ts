import type { State } from "../state.ts";
import { SqliteAdmissionMemory } from "./admission-memory.ts";
import { openDatabase } from "./database.ts";
import { SqliteMeta } from "./meta.ts";
import { SqlitePods } from "./pods.ts";
import { SqliteTransactions } from "./transactions.ts";
import { SqliteUsage } from "./usage.ts";

/**
 * Opens the state of a data folder: one SQLite database. A reader needs no lease and cannot write.
 * @throws STATE_VERSION, STATE_UNREADABLE
 */
export async function openSqliteState(dataDir: string, options: { readOnly?: boolean } = {}): Promise<State> {
  const database = openDatabase(dataDir, options);
  return {
    pods: new SqlitePods(database),
    usage: new SqliteUsage(database),
    transactions: new SqliteTransactions(database),
    memory: new SqliteAdmissionMemory(database),
    meta: new SqliteMeta(database),
    close: async () => database.close(),
  };
}
