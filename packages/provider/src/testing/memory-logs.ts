import { ApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";
import type { LogLine, LogOptions } from "../runtime/index.ts";
import type { MemoryContainer } from "./memory-container.ts";
import type { MemoryPlace } from "./memory-place.ts";

/** What containers have written so far, by time. @throws POD_INVALID */
export function selectLines(
  containers: readonly MemoryContainer[],
  { tail, since = "" }: LogOptions,
): readonly LogLine[] {
  if (tail !== undefined && (!Number.isSafeInteger(tail) || tail < 0)) {
    throw new ApocError(providerErrors.POD_INVALID, { field: "tail", actual: String(tail) });
  }
  return containers
    .flatMap(({ lines }) => lines.slice(tail === undefined ? 0 : Math.max(0, lines.length - tail)))
    .filter(({ time }) => time >= since)
    .toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

/** What they have written, and what they go on to write while one of them runs. */
export async function* followLines(
  place: MemoryPlace,
  containers: readonly MemoryContainer[],
  options: LogOptions,
): AsyncIterable<LogLine> {
  const given = new Set<LogLine>();
  const runs = () => containers.some(({ phase }) => phase === "running");
  let wake = () => {};
  const tell = () => wake();
  place.watchers.add(tell);
  options.signal?.addEventListener("abort", tell);
  try {
    for (;;) {
      const next = selectLines(containers, options).find((line) => !given.has(line));
      if (options.signal?.aborted === true) return;
      if (next !== undefined) {
        given.add(next);
        yield next;
      } else if (runs()) await new Promise<void>((resolve) => (wake = resolve));
      else return;
    }
  } finally {
    place.watchers.delete(tell);
  }
}
