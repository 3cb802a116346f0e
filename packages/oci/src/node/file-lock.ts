import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const retryMilliseconds = 10;
/** What is done under a lock takes milliseconds: an older lock was left by a process that died. */
const staleMilliseconds = 5000;

/**
 * Waits until nobody else holds the lock file, in this process or another, and takes it; gives what releases it. What is
 * read, changed and written as a whole under it loses no change of others. Programs that know nothing of the lock are
 * not kept out.
 */
export async function takeFileLock(path: string): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true });
  while (!(await take(path))) await sleep(retryMilliseconds);
  return () => rm(path, { force: true });
}

async function take(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx", 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (await isStale(path)) await discard(path);
    return false;
  }
}

async function isStale(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > staleMilliseconds;
}

/** Of several processes that discard a stale lock, one moves it; a lock that was taken again in between is put back. */
async function discard(path: string): Promise<void> {
  const moved = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await rename(path, moved);
  } catch {
    return;
  }
  if (await isStale(moved)) await rm(moved, { force: true });
  else await rename(moved, path);
}
