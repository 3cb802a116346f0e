import { ApocError } from "@apoc/errors";
import { apocErrors } from "./errors.ts";

/** Where a server listens. */
export interface Listen {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

const loopback = new Set(["127.0.0.1", "::1", "localhost"]);

/** Parses `HOST:PORT` or `[::1]:PORT`; loopback only. Throws LISTEN_INVALID, LISTEN_PUBLIC. */
export function parseListen(text: string): Listen {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    throw new ApocError(apocErrors.LISTEN_INVALID, {
      field: "--listen",
      expected: "HOST:PORT",
      actual: text,
    });
  }
  if (!loopback.has(host)) {
    throw new ApocError(apocErrors.LISTEN_PUBLIC, {
      field: "--listen",
      expected: "127.0.0.1, ::1 or localhost",
      actual: host,
    });
  }
  return { host, port };
}

/** Resolves when the command shall end: a server's `run` waits for it and then closes in order. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
