import { openConfig } from "./config/store.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { createOutput } from "./output.ts";
import { parseCommand } from "./parse.ts";
import type { Resolved } from "./resolve.ts";
import type { Stop } from "./stop.ts";
import { createUi } from "./ui.ts";

/** Parses the words of a command, runs it, and returns the exit code. Throws USAGE and what the command throws. */
export async function runCommand(
  { path, command, rest }: Resolved & { readonly kind: "command" },
  io: Io,
  stop: Stop,
): Promise<number> {
  const { flags, input } = parseCommand(path, command, rest, io.env);
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
