import type { Content } from "./spec.ts";

/** Largest piece that is encrypted or hashed at a time: it stays in the processor's cache between the steps. */
const most = 256 * 1024;

/** Splits large chunks; small ones pass as they are, empty ones not at all. */
export async function* slices(content: Content): Content {
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; at += most) yield chunk.subarray(at, at + most);
  }
}
