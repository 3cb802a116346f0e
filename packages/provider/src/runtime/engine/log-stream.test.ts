import { expect, test } from "vitest";
import type { LogLine } from "../index.ts";
import { engineTime, longestLine, normalTime, readLog } from "./log-stream.ts";

function frame(stream: 1 | 2, payload: string): Buffer {
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(Buffer.byteLength(payload), 4);
  return Buffer.concat([head, Buffer.from(payload)]);
}

async function read(bytes: Buffer, piece: number): Promise<LogLine[]> {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
  const lines: LogLine[] = [];
  for await (const line of readLog(chunks(), "main")) lines.push(line);
  return lines;
}

const time = "2026-11-22T10:00:00.123456789Z";

test.each([1, 3, 8, 1000])("frames come apart however they arrive (%i bytes at once)", async (piece) => {
  const bytes = Buffer.concat([
    frame(1, `${time} one\n`),
    frame(1, `${time} long, `),
    frame(2, "2026-11-22T11:00:01+01:00 error\n"),
    frame(1, `${time} ended\r\n`),
    frame(1, `${time} \n`),
    frame(1, `${time} no line feed`),
  ]);
  const lines = await read(bytes, piece);
  expect(lines.map(({ stream, text }) => [stream, text])).toEqual([
    ["stdout", "one"],
    ["stderr", "error"],
    ["stdout", "long, ended"],
    ["stdout", ""],
    ["stdout", "no line feed"],
  ]);
  expect(lines[1]?.time).toBe("2026-11-22T10:00:01.000000000Z");
  expect(lines[0]).toEqual({ container: "main", stream: "stdout", time, text: "one" });
});

test("a line without end is given in pieces", async () => {
  const part = "x".repeat(16 * 1024);
  const frames = Array.from({ length: 40 }, () => frame(1, `${time} ${part}`));
  const lines = await read(Buffer.concat(frames), 64 * 1024);
  expect(lines.map(({ text }) => text.length)).toEqual([
    longestLine,
    longestLine,
    40 * part.length - 2 * longestLine,
  ]);
});

test("times are made comparable and fit for the engine", () => {
  expect(normalTime("2026-11-22T10:00:00Z")).toBe("2026-11-22T10:00:00.000000000Z");
  expect(normalTime("2026-11-22T12:30:00.5+02:30")).toBe("2026-11-22T10:00:00.500000000Z");
  expect(engineTime("1970-01-01T00:00:10.000000001Z")).toBe("10.000000001");
});
