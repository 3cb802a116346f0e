import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ApocError, type ErrorDescriptor } from "@apoc/errors";
import { fileErrors } from "../errors.ts";

/**
 * Writes a whole file or nothing: a reader sees the old or the new content, also after a crash. Missing folders are
 * made with mode 0700. Throws FILE_UNWRITABLE.
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw unwritable(folder, error);
  });
  const unique = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString("hex");
  const temporary = join(folder, `.${basename(path)}.${unique}`);
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
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(path, error);
  }
}

/** Writes a file that must not exist yet. Throws FILE_UNWRITABLE, and `exists` where the file exists. */
export async function writeNewFile(
  path: string,
  data: string | Uint8Array,
  exists: ErrorDescriptor,
  mode = 0o600,
): Promise<void> {
  const file = await open(path, "wx", mode).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "EEXIST") {
      throw new ApocError(exists, { field: path, next: { action: "choose-other-file", subject: path } });
    }
    throw unwritable(path, cause);
  });
  try {
    await file.writeFile(data);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw unwritable(path, error);
  } finally {
    await file.close();
  }
}

function unwritable(path: string, cause: unknown): ApocError {
  const detail = (cause as Error).message;
  return new ApocError(fileErrors.FILE_UNWRITABLE, { field: path, detail, cause });
}

/** Content of a text file of at most `limit` bytes, or `undefined` where there is none. Throws FILE_UNREADABLE. */
export async function readFileIfThere(path: string, limit = 1 << 20): Promise<string | undefined> {
  let data: Buffer;
  try {
    data = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ApocError(fileErrors.FILE_UNREADABLE, {
      field: path,
      detail: (error as Error).message,
      cause: error,
    });
  }
  if (data.length > limit) {
    throw new ApocError(fileErrors.FILE_UNREADABLE, {
      field: path,
      expected: `at most ${limit} bytes`,
      actual: `${data.length} bytes`,
    });
  }
  return data.toString("utf8");
}
