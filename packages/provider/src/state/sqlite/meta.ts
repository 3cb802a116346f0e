import type { DatabaseSync } from "node:sqlite";
import type { MetaStore } from "../state.ts";

/** Table `meta`. */
export class SqliteMeta implements MetaStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async get(key: string): Promise<string | undefined> {
    const row = this.#database.prepare("SELECT value FROM meta WHERE key = ?").get(key);
    return row?.["value"] as string | undefined;
  }

  async set(key: string, value: string): Promise<void> {
    this.#database
      .prepare(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      )
      .run(key, value);
  }
}
