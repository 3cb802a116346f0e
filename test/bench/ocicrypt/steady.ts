import { execFile } from "node:child_process";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const piece = Buffer.alloc(1024 * 1024);

/**
 * Brings the machine to the same state before each measurement. What others have written goes to the disk. And as many
 * bytes as will be written are written and removed: a virtual machine may have given free memory back to its host, and
 * then getting it costs more than encryption does, at the expense of whoever comes first.
 */
export async function steady(folder: string, bytes: number): Promise<void> {
  await run("sync");
  const path = join(folder, "warm");
  const file = await open(path, "wx");
  try {
    for (let at = 0; at < bytes * 1.1; at += piece.length) await file.write(piece);
  } finally {
    await file.close();
    await rm(path);
  }
}
