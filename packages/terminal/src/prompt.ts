import type { InputStream } from "./io.ts";

/**
 * Reads lines that a person types. What comes after a line is kept for the next question, so that answers may be
 * typed ahead.
 */
export interface LineReader {
  /** One line without its end. With `hidden`, the terminal shows nothing; `undefined` at the end of input. */
  read(hidden: boolean, signal: AbortSignal): Promise<string | undefined>;
}

export function lineReader(stdin: InputStream): LineReader {
  let pending = "";
  let ended = false;
  return {
    async read(hidden, signal) {
      signal.throwIfAborted();
      const raw = hidden && stdin.setRawMode !== undefined;
      if (raw) stdin.setRawMode?.(true);
      try {
        return await new Promise<string | undefined>((resolve, reject) => {
          let line = "";
          const settle = (finish: () => void) => {
            stdin.removeListener("data", onData);
            stdin.removeListener("end", onEnd);
            signal.removeEventListener("abort", onAbort);
            stdin.pause();
            finish();
          };
          const onAbort = () => settle(() => reject(signal.reason as Error));
          const onEnd = () => {
            ended = true;
            settle(() => resolve(line === "" ? undefined : line));
          };
          const onData = (chunk: string | Uint8Array) => {
            pending += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
            while (pending !== "") {
              const char = pending.charAt(0);
              pending = pending.slice(1);
              if (char === "\n" || char === "\r") {
                if (char === "\r" && pending.startsWith("\n")) pending = pending.slice(1);
                const done = line;
                settle(() => resolve(done));
                return;
              }
              // In raw mode the terminal leaves these keys to us: Ctrl-C, Ctrl-D, backspace.
              if (raw && char === "\u0003") return settle(() => reject(new Cancelled()));
              if (raw && char === "\u0004") return onEnd();
              if (raw && (char === "\u007f" || char === "\b")) line = line.slice(0, -1);
              else line += char;
            }
          };
          if (ended) return resolve(undefined);
          signal.addEventListener("abort", onAbort, { once: true });
          stdin.on("data", onData);
          stdin.on("end", onEnd);
          if (pending !== "") onData("");
          stdin.resume();
        });
      } finally {
        if (raw) stdin.setRawMode?.(false);
      }
    },
  };
}

/** Ctrl-C at a hidden question. */
export class Cancelled extends Error {}
