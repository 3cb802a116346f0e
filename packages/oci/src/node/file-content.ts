import { type FileHandle, open } from "node:fs/promises";
import type { Content } from "../target.ts";

export interface FileRange {
  /** First byte; 0 by default. */
  start?: number;
  /** Bytes to read; to the end of the file by default. */
  length?: number;
}

const chunkSize = 256 * 1024;

/**
 * Reads a file in chunks of 256 KiB, the size at which hashing and encryption are fastest; each iteration reads again. The
 * bytes are as unverified as any file: pass them through `verifyContent`.
 */
export function readFileContent(path: string, range: FileRange = {}): Content {
  return { [Symbol.asyncIterator]: () => readChunks(path, range) };
}

async function* readChunks(path: string, range: FileRange): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  const start = range.start ?? 0;
  const end = range.length === undefined ? Number.POSITIVE_INFINITY : start + range.length;
  try {
    // The next chunk is read while the reader works on this one.
    let next = readChunk(file, start, end);
    for (let position = start; ; ) {
      const chunk = await next;
      if (chunk.length === 0) return;
      position += chunk.length;
      next = readChunk(file, position, end);
      // Its failure is seen at the next turn, or by nobody when the reader stops.
      next.catch(() => undefined);
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

async function readChunk(file: FileHandle, position: number, end: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkSize, end - position));
  if (buffer.length === 0) return buffer;
  const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
  return buffer.subarray(0, bytesRead);
}

/**
 * Writes content to a new file, and fails when the file exists; or with `start` to one that exists, from there on.
 * Returns the number of bytes.
 */
export async function writeFileContent(
  path: string,
  content: Content | Uint8Array,
  start?: number,
): Promise<number> {
  const file = await open(path, start === undefined ? "wx" : "r+");
  let size = 0;
  try {
    // A chunk is written while the next one is made.
    let writing: Promise<void> = Promise.resolve();
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      await writing;
      writing = writeChunk(file, chunk, (start ?? 0) + size);
      writing.catch(() => undefined);
      size += chunk.length;
    }
    await writing;
  } finally {
    await file.close();
  }
  return size;
}

async function writeChunk(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    at += (await file.write(chunk, at, chunk.length - at, position + at)).bytesWritten;
  }
}
