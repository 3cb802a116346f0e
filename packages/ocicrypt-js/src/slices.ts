import type { Content } from "./spec.ts";

/** Largest piece that is encrypted or hashed at a time: it stays in the processor's cache between the steps. */
const most = 256 * 1024;
/** Bytes of a piece for which an array of 1024 elements, that is 8 KiB, is made. */
const bytesPerArray = 8 * 1024;

/**
 * The bytes of buffers lie outside V8's heap, where they count for little: its collector of young objects comes too
 * rarely, and 70 MiB of chunks gather that nobody has any more. Short-lived arrays of the same size on the heap make it
 * come in time. What it has to do then is so little that it costs no time that could be measured.
 */
const ballast: { latest: readonly undefined[] } = { latest: [] };

/** Splits large chunks; small ones pass as they are, empty ones not at all. */
export async function* slices(content: Content): Content {
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; at += most) {
      const piece = chunk.subarray(at, at + most);
      for (let rest = piece.length; rest > 0; rest -= bytesPerArray)
        ballast.latest = new Array<undefined>(1024);
      yield piece;
    }
  }
}
