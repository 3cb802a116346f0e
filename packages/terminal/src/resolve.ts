import type { Command, Group } from "./command/command.ts";
import { globalOptions } from "./flags.ts";

/** Where the words of a command line lead. `rest` is what the words do not consume. */
export type Resolved =
  | {
      readonly kind: "group";
      readonly path: string;
      readonly group: Group;
      /** A word that names no command of the group. */
      readonly unknown: string | undefined;
      readonly rest: readonly string[];
    }
  | {
      readonly kind: "command";
      readonly path: string;
      readonly summary: string;
      readonly command: Command;
      readonly rest: readonly string[];
    };

/** Global options that take the next word as their value. */
const valueFlags = new Set(
  Object.values(globalOptions)
    .filter(({ flags }) => flags.includes("<"))
    .flatMap(({ flags }) => flags.replace(/ <.*$/, "").split(", ")),
);

/** Follows the words down the tree and loads only the modules on the way; global options may stand anywhere. */
export async function resolveCommand(root: string, top: Group, words: readonly string[]): Promise<Resolved> {
  let group = top;
  let path = root;
  const rest: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word.startsWith("-")) {
      rest.push(word);
      if (valueFlags.has(word)) rest.push(...words.slice(++index, index + 1));
      continue;
    }
    const entry = findEntry(group, word);
    if (entry === undefined) return { kind: "group", path, group, unknown: word, rest };
    path = `${path} ${entry.name}`;
    const module = await entry.load();
    if ("command" in module) {
      const { summary } = entry;
      return {
        kind: "command",
        path,
        summary,
        command: module.command,
        rest: [...rest, ...words.slice(index + 1)],
      };
    }
    group = module.group;
  }
  return { kind: "group", path, group, unknown: undefined, rest };
}

/** Whether the words, up to `--`, ask for help. */
export function wantsHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return (end < 0 ? words : words.slice(0, end)).some((word) => word === "-h" || word === "--help");
}

function findEntry(group: Group, word: string) {
  if (Object.hasOwn(group.commands, word)) return withName(group, word);
  const alias = Object.entries(group.commands).find(([, { aliases }]) => aliases?.includes(word));
  return alias === undefined ? undefined : withName(group, alias[0]);
}

function withName(group: Group, name: string) {
  const entry = group.commands[name];
  return entry === undefined ? undefined : { name, summary: entry.summary, load: () => entry.load() };
}
