import { apiErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../../errors.ts";
import type { LogLine, LogOptions } from "../index.ts";
import { engineTime, normalTime, readLog } from "./log-stream.ts";
import type { PodContainer } from "./pod-container.ts";
import { currentGroup, type EngineContext } from "./pod-objects.ts";

/**
 * Lines of one container, or of all: ordered by time when they are not followed, as they arrive when they are.
 * Ends when the containers do or the signal aborts. Throws `CONTAINER_UNKNOWN`, `POD_INVALID` for bad options.
 */
export async function* podLogs(
  context: EngineContext,
  podId: string,
  options: LogOptions,
): AsyncIterable<LogLine> {
  const { container, tail, since } = options;
  if (tail !== undefined && (!Number.isSafeInteger(tail) || tail < 0))
    invalid("tail", "a whole number", tail);
  if (since !== undefined && Number.isNaN(Date.parse(since))) invalid("since", "a time of RFC 3339", since);
  const group = await currentGroup(context, podId);
  const chosen = (group?.containers ?? []).filter(
    (each) => container === undefined || each.container === container,
  );
  if (chosen.length === 0) {
    throw new ApocError(apiErrors.CONTAINER_UNKNOWN, { field: `${podId}/${container ?? "*"}` });
  }
  const ended = new AbortController();
  const signal =
    options.signal === undefined ? ended.signal : AbortSignal.any([options.signal, ended.signal]);
  const sources = chosen
    .toSorted((a, b) => (a.container < b.container ? -1 : 1))
    .map((each) => containerLog(context, each, options, signal)[Symbol.asyncIterator]());
  try {
    yield* merge(sources, options.follow === true);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    ended.abort();
  }
}

async function* containerLog(
  context: EngineContext,
  container: PodContainer,
  { follow, tail, since }: LogOptions,
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const response = await context.client.stream(`/containers/${container.id}/logs`, {
    query: {
      stdout: true,
      stderr: true,
      timestamps: true,
      follow: follow === true,
      tail: tail ?? "all",
      since: since === undefined ? undefined : engineTime(since),
    },
    signal,
  });
  const earliest = since === undefined ? "" : normalTime(since);
  for await (const line of readLog(response as AsyncIterable<Uint8Array>, container.container)) {
    // An engine may round `since` down to the second.
    if (line.time >= earliest) yield line;
  }
}

/** Takes the earliest next line of all sources; with `arrival`, the first that comes. */
async function* merge(sources: readonly AsyncIterator<LogLine>[], arrival: boolean): AsyncIterable<LogLine> {
  type Next = { readonly index: number; readonly result: IteratorResult<LogLine> };
  const ask = (index: number): Promise<Next> =>
    (sources[index] as AsyncIterator<LogLine>).next().then((result) => ({ index, result }));
  const pending = new Map(sources.map((_, index) => [index, ask(index)]));
  while (pending.size > 0) {
    const arrived = arrival ? [await Promise.race(pending.values())] : await Promise.all(pending.values());
    let first: Next | undefined;
    for (const next of arrived) {
      if (next.result.done === true) pending.delete(next.index);
      else if (first === undefined || next.result.value.time < (first.result.value as LogLine).time)
        first = next;
    }
    if (first === undefined) continue;
    pending.set(first.index, ask(first.index));
    yield first.result.value as LogLine;
  }
}

function invalid(field: string, expected: string, actual: unknown): never {
  throw new ApocError(providerErrors.POD_INVALID, { field, expected, actual: String(actual) });
}
