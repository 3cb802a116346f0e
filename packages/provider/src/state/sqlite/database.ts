import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../../errors.ts";
import { migrations } from "./schema.ts";

/** Name of the database in the data folder. */
const fileName = "state.sqlite";

/**
 * Opens the database of a data folder: WAL, every commit synced, schema brought up to date.
 * @throws STATE_VERSION for one of a newer version, STATE_UNREADABLE
 */
export function openDatabase(dataDir: string, options: { readOnly?: boolean } = {}): DatabaseSync {
  const readOnly = options.readOnly === true;
  if (!readOnly) mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, fileName);
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path, { readOnly, timeout: 5000 });
    if (!readOnly) {
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
    }
  } catch (cause) {
    throw new ApocError(providerErrors.STATE_UNREADABLE, { field: path, cause });
  }
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version > migrations.length || (readOnly && version < migrations.length)) {
    database.close();
    throw new ApocError(providerErrors.STATE_VERSION, {
      field: path,
      expected: `at most version ${migrations.length}`,
      actual: String(version),
    });
  }
  for (const [index, sql] of migrations.slice(version).entries()) {
    transaction(database, () => database.exec(`${sql}; PRAGMA user_version = ${version + index + 1};`));
  }
  return database;
}

/** Runs `work` as one transaction: all of it is stored, or nothing. Not nested. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
