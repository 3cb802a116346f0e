import { errorAnswer } from "./answer-error.ts";

/** Head of an answer, as bytes of a connection that is no longer HTTP's. */
export function rawHead(
  status: number,
  message: string,
  headers: readonly (readonly [string, string | string[]])[],
): string {
  const lines = headers.flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`));
  return `${[`HTTP/1.1 ${status} ${message}`, ...lines].join("\r\n")}\r\n\r\n`;
}

/** An error as a whole answer. */
export function rawError(error: unknown): string {
  const { status, body } = errorAnswer(error);
  const headers = [
    ["Content-Type", "application/json"],
    ["Content-Length", String(Buffer.byteLength(body))],
    ["Connection", "close"],
  ] as const;
  return rawHead(status, "", headers) + body;
}
