import { open } from "node:fs/promises";
import type { Content } from "../target.ts";

export interface FileRange {
  /** First byte; 0 by default. */
  start?: number;
  /** Bytes to read; to the end of the file by default. */
  length?: number;
}

const chunkSize = 256 * 1024;

/**
 * Reads a file in chunks of 256 KiB, the size at which hashing and encryption run fastest. The bytes are as
 * unverified as any file: pass them through `verifyContent`.
 */
export async function* readFileContent(path: string, range: FileRange = {}): Content {
  const file = await open(path, "r");
  try {
    let position = range.start ?? 0;
    let left = range.length ?? Number.POSITIVE_INFINITY;
    while (left > 0) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(chunkSize, left));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      position += bytesRead;
      left -= bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** Writes content to a new file; fails when the file exists. Returns the number of bytes. */
export async function writeFileContent(path: string, content: Content | Uint8Array): Promise<number> {
  const file = await open(path, "wx");
  let size = 0;
  try {
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      for (let at = 0; at < chunk.length; ) {
        at += (await file.write(chunk, at, chunk.length - at)).bytesWritten;
      }
      size += chunk.length;
    }
  } finally {
    await file.close();
  }
  return size;
}
