import { ApocError } from "@apoc/errors";
import { attestationErrors } from "../errors.ts";
import { type EventLog, replayEventLog } from "./event-log.ts";
import { readQuote, type TdxQuote } from "./quote.ts";

/** Reads a TDX quote of version 4 or 5. It proves nothing: `verifyTdx` does. Throws `QUOTE_LAYOUT`. */
export function parseQuote(bytes: Uint8Array): TdxQuote {
  return typed("QUOTE_LAYOUT", "quote", "a TDX quote of version 4 or 5", () => readQuote(bytes));
}

/** Reads and replays a CCEL event log. It proves nothing until its registers are those of a quote. Throws `EVIDENCE_FORMAT`. */
export function parseEventLog(bytes: Uint8Array): EventLog {
  return typed("EVIDENCE_FORMAT", "eventLog", "a CCEL event log", () => replayEventLog(bytes));
}

/** What a parser gives; its own errors under the code that callers know. */
function typed<T>(
  code: "QUOTE_LAYOUT" | "EVIDENCE_FORMAT",
  field: string,
  expected: string,
  read: () => T,
): T {
  try {
    return read();
  } catch (cause) {
    const actual = cause instanceof Error ? cause.message : "another value";
    throw new ApocError(attestationErrors[code], { field, expected, actual, cause });
  }
}
