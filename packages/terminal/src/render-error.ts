import { fileErrors } from "@apoc/client/files";
import { ApocError, type ErrorDocument, isApocError } from "@apoc/errors";
import type { Paint } from "./color.ts";
import { terminalErrors } from "./errors.ts";
import { renderNext } from "./next-action.ts";
import { unpainted } from "./printable.ts";

/** Any thrown value as a coded error; what is not coded yet becomes UNEXPECTED with the original as its cause. */
export function codedError(error: unknown): ApocError {
  if (isApocError(error)) return error;
  const system = systemError(error);
  if (system !== undefined) return system;
  return new ApocError(terminalErrors.UNEXPECTED, {
    detail: error instanceof Error ? error.message : String(error),
    next: { action: "give-option", subject: "--trace" },
    cause: error,
  });
}

/** Files and addresses that the machine does not give are the user's to mend, wherever they came up. */
function systemError(error: unknown): ApocError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (code === "EADDRINUSE" || code === "EADDRNOTAVAIL") {
    const field = port === undefined ? address : `${address}:${port}`;
    return new ApocError(terminalErrors.ADDRESS_IN_USE, { field, detail: error.message, cause: error });
  }
  const codes = [
    "EACCES",
    "EPERM",
    "EROFS",
    "ENOSPC",
    "EDQUOT",
    "ENOTDIR",
    "EISDIR",
    "ENOENT",
    "ENAMETOOLONG",
  ];
  if (typeof path !== "string" || code === undefined || !codes.includes(code)) return undefined;
  const writing =
    ["EROFS", "ENOSPC", "EDQUOT"].includes(code) || ["mkdir", "rename", "write"].includes(syscall ?? "");
  return new ApocError(writing ? fileErrors.FILE_UNWRITABLE : fileErrors.FILE_UNREADABLE, {
    field: path,
    detail: error.message,
    cause: error,
  });
}

/** An error for `--json`: the document of the error, and as `fix` what people are shown about its next step. */
export function errorDocument(error: ApocError): ErrorDocument & { readonly fix?: string } {
  const document = error.toJSON();
  return error.next === undefined ? document : { ...document, fix: renderNext(error.next) };
}

/**
 * An error for people: code and title, then one labelled line for each thing known. The stack
 * is added with `trace` only.
 */
export function renderError(error: ApocError, paint: Paint, trace: boolean): string {
  const rows: [label: string, text: string | undefined][] = [
    ["where", error.field],
    ["expected", error.expected],
    ["found", error.actual],
    ["why", error.detail],
    ["fix", error.next && renderNext(error.next)],
    ["docs", error.code === terminalErrors.UNEXPECTED.code ? undefined : error.docs],
  ];
  const lines = [`${paint("red", `error ${error.code}`)}: ${error.descriptor.title}.`];
  for (const [label, text] of rows) {
    if (text !== undefined)
      lines.push(`  ${label.padEnd(8)}  ${unpainted(text).replaceAll("\n", "\n            ")}`);
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
