import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../../errors.ts";
import type { Lease } from "../lease.ts";

/**
 * Acquires the lease on a data folder. The lock is the kernel's: it ends with the process and cannot be lost before.
 * @throws DATA_IN_USE
 */
export async function acquireDataFolder(dataDir: string): Promise<Lease> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(dataDir, "lock.sqlite"), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw new ApocError(providerErrors.DATA_IN_USE, { field: dataDir, cause });
  }
  return { lost: new AbortController().signal, release: async () => lock.close() };
}
