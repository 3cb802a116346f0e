import { ApocError } from "@apoc/errors";
import { terminalErrors } from "./errors.ts";
import { signalExitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";

/** What can end a command from outside: signals, `--timeout`, and a reader that closes standard output. */
export interface Stop {
  readonly signal: AbortSignal;
  /** Starts the clock of `--timeout`, in milliseconds. */
  readonly startTimeout: (milliseconds: number) => void;
  /** Exit code of the signal that came, if one came. */
  readonly exitCode: () => number | undefined;
  /** Whether the reader of standard output went away. */
  readonly brokenPipe: () => boolean;
  /** Why standard output or error cannot be written, such as a full disk. */
  readonly unwritten: () => ApocError | undefined;
  /** Gives back signals, clock and streams. */
  readonly release: () => void;
}

/** Listens once for each signal: a second Ctrl-C ends the process at once, as without us. */
export function listenForStop(io: Io): Stop {
  const controller = new AbortController();
  let code: number | undefined;
  let broken = false;
  let unwritten: ApocError | undefined;
  let clock: NodeJS.Timeout | undefined;
  const onSignal = (name: keyof typeof signalExitCodes) => () => {
    code ??= signalExitCodes[name];
    controller.abort(new ApocError(terminalErrors.INTERRUPTED, { detail: name }));
  };
  const onInterrupt = onSignal("SIGINT");
  const onTerminate = onSignal("SIGTERM");
  const onPipe = (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") broken = true;
    else
      unwritten ??= new ApocError(terminalErrors.OUTPUT_UNWRITABLE, { detail: error.message, cause: error });
    controller.abort(unwritten ?? error);
  };
  io.signals?.once("SIGINT", onInterrupt);
  io.signals?.once("SIGTERM", onTerminate);
  io.stdout.on("error", onPipe);
  io.stderr.on("error", onPipe);
  return {
    signal: controller.signal,
    startTimeout(milliseconds) {
      clock = setTimeout(() => controller.abort(new ApocError(terminalErrors.TIMED_OUT)), milliseconds);
      clock.unref();
    },
    exitCode: () => code,
    brokenPipe: () => broken,
    unwritten: () => unwritten,
    release() {
      clearTimeout(clock);
      io.signals?.removeListener("SIGINT", onInterrupt);
      io.signals?.removeListener("SIGTERM", onTerminate);
      // The pipe listeners stay: what is still buffered is written after the command, and may meet a closed pipe.
    },
  };
}
