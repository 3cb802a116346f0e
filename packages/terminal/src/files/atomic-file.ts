import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ApocError } from "@apoc/errors";
import { terminalErrors } from "../errors.ts";

/**
 * Writes a whole file or nothing: a reader sees the old or the new content, also after a crash. Missing folders are
 * made with mode 0700.
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Content of a text file of at most `limit` bytes, or `undefined` where there is none. Throws FILE_UNREADABLE. */
export async function readFileIfThere(path: string, limit = 1 << 20): Promise<string | undefined> {
  let data: Buffer;
  try {
    data = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ApocError(terminalErrors.FILE_UNREADABLE, { field: path, cause: error });
  }
  if (data.length > limit) {
    throw new ApocError(terminalErrors.FILE_UNREADABLE, {
      field: path,
      expected: `at most ${limit} bytes`,
      actual: `${data.length} bytes`,
    });
  }
  return data.toString("utf8");
}
