import { readFileSync } from "node:fs";
import { isApocError } from "@apoc/errors";
import { paintFor } from "./color.ts";
import type { Command, Group } from "./command.ts";
import { openConfig } from "./config/store.ts";
import { terminalErrors } from "./errors.ts";
import { exitCodes, signalExitCodes } from "./exit-codes.ts";
import type { Flags } from "./flags.ts";
import { renderCommandHelp, renderGroupHelp } from "./help/render-help.ts";
import { helpTopics } from "./help/topics.ts";
import { type Io, processIo } from "./io.ts";
import { createOutput, toJson } from "./output.ts";
import {
  lenientFlags,
  type ParsedCommand,
  parseCommand,
  parseGroupFlags,
  unknownCommand,
  wantsHelp,
} from "./parse.ts";
import { codedError, errorDocument, renderError } from "./render-error.ts";
import { type Resolved, resolveCommand } from "./resolve.ts";
import { listenForStop, type Stop } from "./stop.ts";
import { createUi } from "./ui.ts";

/** Name and version of a program, for help and `--version`. */
export interface Program {
  readonly name: string;
  readonly version: string;
}

/** The whole of a bin: runs the command line of this process. `manifest` is the package.json with the version. */
export async function runProcess(name: string, manifest: URL, group: Group): Promise<number> {
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return runCli({ name, version }, group, process.argv.slice(2), processIo());
}

/**
 * Runs one command line (`argv` without node and script) and gives the exit code. Never throws and never ends the
 * process: the cli.ts of a bin sets `process.exitCode`.
 */
export async function runCli(
  program: Program,
  group: Group,
  argv: readonly string[],
  io: Io,
): Promise<number> {
  const stop = listenForStop(io);
  try {
    const code = await dispatch(program, group, argv, io, stop);
    if (stop.brokenPipe()) return 0;
    // A result that nobody could store is not a success; errors of the stream come a moment after the write.
    await new Promise((resolve) => setImmediate(resolve));
    const unwritten = stop.unwritten();
    return unwritten === undefined ? code : reportError(unwritten, argv, io, stop);
  } catch (error) {
    if (stop.brokenPipe()) return 0;
    return reportError(error, argv, io, stop);
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
): Promise<number> {
  const asked = argv[0] === "help";
  const words = asked ? argv.slice(1) : argv;
  const topic = asked ? helpTopics[words[0] ?? ""] : undefined;
  if (topic !== undefined)
    return showPage(topic.value, topic.text, parseGroupFlags(program.name, words.slice(1), io.env), io);
  const found = await resolveCommand(program.name, root, words);
  if (found.kind === "command" && !asked && !wantsHelp(words)) {
    return execute(found.command, parseCommand(found.path, found.command, found.rest, io.env), io, stop);
  }
  if (found.kind === "group") {
    const { path, group, unknown } = found;
    if (unknown !== undefined) throw unknownCommand(path, commandNames(group), unknown);
    const rest = found.rest.filter((word) => word !== "-h" && word !== "--help");
    const version = group === root && rest.includes("--version");
    const flags = parseGroupFlags(path, version ? rest.filter((word) => word !== "--version") : rest, io.env);
    if (version) return showPage(program, `${program.name} ${program.version}`, flags, io);
  }
  return showHelp(found, lenientFlags(words, io.env), io);
}

async function execute(
  command: Command,
  { flags, input }: ParsedCommand,
  io: Io,
  stop: Stop,
): Promise<number> {
  if (flags.timeout !== undefined) stop.startTimeout(flags.timeout);
  const { signal } = stop;
  const output = createOutput(io, flags);
  const ui = createUi(io, flags, signal);
  const config = openConfig(io.env, flags, io.cwd);
  const { run } = await command.run();
  const verdict = await run({ io, output, ui, signal, config, flags, env: io.env, cwd: io.cwd }, input);
  output.finish();
  return verdict === undefined ? 0 : exitCodes[verdict];
}

function showHelp(found: Resolved, flags: Flags, io: Io): number {
  const paint = paintFor(io.stdout, io.env, flags.color);
  const text =
    found.kind === "group"
      ? renderGroupHelp(found.path, found.group, paint)
      : renderCommandHelp(found.path, found.summary, found.command, paint);
  io.stdout.write(text);
  return 0;
}

function showPage(value: unknown, text: string, flags: Flags, io: Io): number {
  createOutput(io, flags).result(value, text);
  return 0;
}

/** Errors go to standard error, with `--json` as one document `{"error": …}`; standard output stays empty. */
function reportError(error: unknown, argv: readonly string[], io: Io, stop: Stop): number {
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

function commandNames(group: Group): string[] {
  return Object.entries(group.commands).flatMap(([name, { aliases }]) => [name, ...(aliases ?? [])]);
}
