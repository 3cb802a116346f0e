import { mkdir, open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApocError } from "@apoc/errors";
import { terminalErrors } from "../errors.ts";

const retryMilliseconds = 20;
/** What is done under a lock takes milliseconds: an older lock was left by a process that died. */
const staleMilliseconds = 5000;

/** Does `work` while no other process does work under the same lock file. Throws FILE_UNWRITABLE. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    while (!(await take(path))) await sleep(retryMilliseconds);
  } catch (cause) {
    throw new ApocError(terminalErrors.FILE_UNWRITABLE, {
      field: path,
      detail: (cause as Error).message,
      cause,
    });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx", 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const made = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - made > staleMilliseconds) await rm(path, { force: true });
    return false;
  }
}
