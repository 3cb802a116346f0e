import type { Io } from "../io.ts";
import { createOutput } from "../output.ts";
import { parseGroupFlags } from "../parse.ts";
import { helpTopics } from "./topics.ts";

/** Shows the page of `help WORDS` where the first word names a topic; tells whether it does. Throws USAGE. */
export function showTopic(program: string, words: readonly string[], io: Io): boolean {
  const word = words[0] ?? "";
  const topic = Object.hasOwn(helpTopics, word) ? helpTopics[word] : undefined;
  if (topic === undefined) return false;
  show(program, words.slice(1), io, topic.value, topic.text);
  return true;
}

/** Shows what `--version` asks for; `words` may hold global options as well. Throws USAGE. Returns the exit code. */
export function showVersion(
  program: { readonly name: string; readonly version: string },
  words: readonly string[],
  io: Io,
): number {
  const others = words.filter((word) => word !== "--version");
  show(program.name, others, io, program, `${program.name} ${program.version}`);
  return 0;
}

function show(path: string, words: readonly string[], io: Io, value: unknown, text: string): void {
  createOutput(io, parseGroupFlags(path, words, io.env)).result(value, text);
}
