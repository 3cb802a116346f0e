import { isApocError } from "@apoc/errors";
import { paintFor } from "./color.ts";
import { terminalErrors } from "./errors.ts";
import { exitCodes, signalExitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { toJson } from "./output.ts";
import { lenientFlags } from "./parse.ts";
import { codedError, errorDocument, renderError } from "./render-error.ts";
import type { Stop } from "./stop.ts";

/**
 * Writes an error to standard error, with `--json` as one document `{"error": …}`; standard output stays empty. Gives
 * the exit code.
 */
export function reportError(error: unknown, argv: readonly string[], io: Io, stop: Stop): number {
  const flags = lenientFlags(argv, io.env);
  // Libraries wrap the reason of an abort in errors of their own; what matters is why we stopped.
  const reason: unknown = stop.signal.aborted && isApocError(stop.signal.reason) ? stop.signal.reason : error;
  const coded = codedError(reason);
  const text = flags.json
    ? toJson({ error: errorDocument(coded) }, 2)
    : renderError(coded, paintFor(io.stderr, io.env, flags.color), flags.trace);
  io.stderr.write(`${text}\n`);
  const interrupted = coded.code === terminalErrors.INTERRUPTED.code ? signalExitCodes.SIGINT : undefined;
  return stop.exitCode() ?? interrupted ?? exitCodes[coded.descriptor.kind];
}
