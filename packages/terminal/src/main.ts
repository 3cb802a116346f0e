import { paintFor } from "./color.ts";
import type { Group } from "./command/command.ts";
import { renderCommandHelp, renderGroupHelp } from "./help/render-help.ts";
import { type Io, processIo } from "./io.ts";
import type { Preparation } from "./prepare-process.ts";
import { type Resolved, resolveCommand, wantsHelp } from "./resolve.ts";
import { listenForStop, type Stop } from "./stop.ts";
import { version } from "./version.ts";

export { version };

/** Name and version of a program, for help and `--version`. */
export interface Program {
  readonly name: string;
  readonly version: string;
}

/**
 * Runs the command line of this process and sets its exit code: all that a bin does. Nothing waits for it: a bundle may
 * have the bin and what commands import in one module, which an await at its top level would keep from ever being loaded.
 */
export function runProcess(name: string, group: Group, preparation: Preparation): void {
  const prepare = async () => {
    const { prepareProcess } = await import("./prepare-process.ts");
    await prepareProcess(preparation);
  };
  void runCli({ name, version }, group, process.argv.slice(2), processIo(), prepare).then((code) => {
    process.exitCode = code;
  });
}

/**
 * Runs one command line (`argv` without node and script) and returns the exit code. Never throws and never ends the
 * process. Help loads neither the parser nor anything that only commands need; `prepare` comes before what a command that
 * is no server needs is loaded.
 */
export async function runCli(
  program: Program,
  group: Group,
  argv: readonly string[],
  io: Io,
  prepare?: () => Promise<void>,
): Promise<number> {
  const stop = listenForStop(io);
  try {
    const code = await dispatch(program, group, argv, io, stop, prepare);
    if (stop.brokenPipe()) return 0;
    // A result that nobody could store is not a success; errors of the stream come a moment after the write.
    await new Promise((resolve) => setImmediate(resolve));
    const unwritten = stop.unwritten();
    return unwritten === undefined ? code : await report(unwritten, argv, io, stop);
  } catch (error) {
    if (stop.brokenPipe()) return 0;
    return await report(error, argv, io, stop);
  } finally {
    stop.release();
  }
}

async function dispatch(
  program: Program,
  root: Group,
  argv: readonly string[],
  io: Io,
  stop: Stop,
  prepare: (() => Promise<void>) | undefined,
): Promise<number> {
  const asked = argv[0] === "help";
  const words = asked ? argv.slice(1) : argv;
  if (asked) {
    const { showTopic } = await import("./help/show-page.ts");
    if (showTopic(program.name, words, io)) return 0;
  }
  const found = await resolveCommand(program.name, root, words);
  if (found.kind === "command" && !asked && !wantsHelp(words)) {
    if (!found.command.server) await prepare?.();
    const { runCommand } = await import("./run-command.ts");
    return runCommand(found, io, stop);
  }
  if (found.kind === "group") {
    const { path, group, unknown } = found;
    const rest = found.rest.filter((word) => word !== "-h" && word !== "--help");
    if (unknown !== undefined || rest.length > 0) {
      const { parseGroupFlags, unknownCommand } = await import("./parse.ts");
      if (unknown !== undefined) throw unknownCommand(path, commandNames(group), unknown);
      if (group === root && rest.includes("--version")) {
        const { showVersion } = await import("./help/show-page.ts");
        return showVersion(program, rest, io);
      }
      parseGroupFlags(path, rest, io.env);
    }
  }
  return showHelp(found, words, io);
}

function showHelp(found: Resolved, words: readonly string[], io: Io): number {
  const paint = paintFor(io.stdout, io.env, !words.includes("--no-color"));
  const text =
    found.kind === "group"
      ? renderGroupHelp(found.path, found.group, paint)
      : renderCommandHelp(found.path, found.summary, found.command, paint);
  io.stdout.write(text);
  return 0;
}

async function report(error: unknown, argv: readonly string[], io: Io, stop: Stop): Promise<number> {
  const { reportError } = await import("./report-error.ts");
  return reportError(error, argv, io, stop);
}

function commandNames(group: Group): string[] {
  return Object.entries(group.commands).flatMap(([name, { aliases }]) => [name, ...(aliases ?? [])]);
}
