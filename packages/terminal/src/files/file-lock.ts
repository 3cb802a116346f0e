import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { fileErrors } from "@apoc/client/files";
import { ApocError } from "@apoc/errors";

/** Does `work` while no other process does work under the same lock file. Throws FILE_UNWRITABLE. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  // Loaded here so that commands that write nothing do without it.
  const { takeFileLock } = await import("@apoc/oci/node");
  let release: () => Promise<void>;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    release = await takeFileLock(path);
  } catch (cause) {
    throw new ApocError(fileErrors.FILE_UNWRITABLE, {
      field: path,
      detail: (cause as Error).message,
      cause,
    });
  }
  try {
    return await work();
  } finally {
    await release();
  }
}
