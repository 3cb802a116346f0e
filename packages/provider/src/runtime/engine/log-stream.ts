import type { LogLine } from "../index.ts";

/** A line longer than this is given in pieces, each as a line of its own; bounds what one line can hold in memory. */
export const longestLine = 256 * 1024;

/**
 * Takes an engine's multiplexed log apart: frames of an 8-byte head (stream, 3 zero bytes, big-endian length) and a
 * payload that begins with a time and a space (Docker Engine API, "Attach to a container", stream format). A
 * payload without a line feed at its end is continued by the next of the same stream.
 */
export async function* readLog(chunks: AsyncIterable<Uint8Array>, container: string): AsyncIterable<LogLine> {
  const open = new Map<LogLine["stream"], { time: string; parts: Buffer[]; size: number }>();
  for await (const { stream, payload } of readFrames(chunks)) {
    const space = payload.indexOf(0x20);
    if (space < 0) continue;
    const time = normalTime(payload.subarray(0, space).toString("latin1"));
    const ends = payload.at(-1) === 0x0a;
    const text = payload.subarray(space + 1, ends ? -1 : undefined);
    const line = open.get(stream) ?? { time, parts: [], size: 0 };
    line.parts.push(text);
    line.size += text.length;
    if (!ends && line.size < longestLine) {
      open.set(stream, line);
      continue;
    }
    open.delete(stream);
    yield {
      container,
      stream,
      time: line.time,
      text: Buffer.concat(line.parts).toString("utf8").replace(/\r$/, ""),
    };
  }
  for (const [stream, { time, parts }] of open) {
    yield { container, stream, time, text: Buffer.concat(parts).toString("utf8") };
  }
}

async function* readFrames(
  chunks: AsyncIterable<Uint8Array>,
): AsyncIterable<{ stream: LogLine["stream"]; payload: Buffer }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= 8) {
      const size = rest.readUInt32BE(at + 4);
      if (rest.length - at - 8 < size) break;
      yield { stream: rest[at] === 2 ? "stderr" : "stdout", payload: rest.subarray(at + 8, at + 8 + size) };
      at += 8 + size;
    }
    rest = rest.subarray(at);
  }
}

/** RFC 3339 in UTC with nine decimals, so that times compare as strings. Podman 4.3 gives whole seconds only. */
export function normalTime(time: string): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)$/.exec(time);
  if (match === null) return time;
  const [, seconds = "", fraction = "", zone = "Z"] = match;
  const offset = zone === "Z" ? "Z" : zone.replace(/^(...)(\d\d)$/, "$1:$2");
  const utc = new Date(`${seconds}${offset}`).toISOString().slice(0, 19);
  return `${utc}.${fraction.padEnd(9, "0")}Z`;
}

/** The same time as seconds since 1970 with nine decimals, the form both engines take for `since`. */
export function engineTime(time: string): string {
  const normal = normalTime(time);
  return `${Math.floor(Date.parse(`${normal.slice(0, 19)}Z`) / 1000)}.${normal.slice(20, 29)}`;
}
