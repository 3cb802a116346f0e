import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import type { Io } from "../io.ts";

/** In-memory streams around a command line under test. */
export interface FakeIo {
  readonly io: Io;
  readonly stdin: PassThrough;
  readonly signals: EventEmitter;
  readonly out: () => string;
  readonly err: () => string;
}

/** `tty` makes all three streams look like terminals; the environment is empty but for what is given. */
export function fakeIo(
  options: { tty?: boolean; env?: Record<string, string>; cwd?: string; input?: string } = {},
): FakeIo {
  const texts = { out: "", err: "" };
  const sink = (name: keyof typeof texts) => {
    const stream = new PassThrough();
    stream.on("data", (chunk: Buffer) => (texts[name] += chunk.toString("utf8")));
    return Object.assign(stream, { isTTY: options.tty === true });
  };
  const stdin = Object.assign(new PassThrough(), { isTTY: options.tty === true });
  if (options.input !== undefined) stdin.write(options.input);
  const signals = new EventEmitter();
  const io: Io = {
    stdin,
    stdout: sink("out"),
    stderr: sink("err"),
    env: { HOME: "/nonexistent", ...options.env },
    cwd: options.cwd ?? "/",
    signals,
  };
  return { io, stdin, signals, out: () => texts.out, err: () => texts.err };
}
