import { ApocError, isApocError } from "@apoc/errors";
import type { Paint } from "./color.ts";
import { terminalErrors } from "./errors.ts";

/** Any thrown value as a coded error; what is not coded yet becomes UNEXPECTED with the original as its cause. */
export function codedError(error: unknown): ApocError {
  if (isApocError(error)) return error;
  return new ApocError(terminalErrors.UNEXPECTED, {
    detail: error instanceof Error ? error.message : String(error),
    hint: "repeat the command with --trace to see where",
    cause: error,
  });
}

/**
 * An error for people: code and title, then one labelled line for each thing known, the next command last. The stack
 * is added with `trace` only.
 */
export function renderError(error: ApocError, paint: Paint, trace: boolean): string {
  const rows: [label: string, text: string | undefined][] = [
    ["where", error.field],
    ["expected", error.expected],
    ["found", error.actual],
    ["why", error.detail],
    ["fix", error.hint],
    ["docs", error.code === terminalErrors.UNEXPECTED.code ? undefined : error.docs],
  ];
  const lines = [`${paint("red", `error ${error.code}`)}: ${error.descriptor.title}.`];
  for (const [label, text] of rows) {
    if (text !== undefined)
      lines.push(`  ${label.padEnd(8)}  ${printable(text).replaceAll("\n", "\n            ")}`);
  }
  if (trace) lines.push(stackOf(error));
  return lines.join("\n");
}

/** Stacks of the error and its causes, oldest last. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${stackOf(error.cause)}`;
}

/** Texts of peers end up here: no control characters but the line feed reach the terminal. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, "\ufffd");
}
