import { relative } from "node:path";
import type { Ended, Role } from "./cast.ts";
import { runApoc } from "./cast.ts";

/** Tells the story: explanations, commands as they are run, and what they printed. */
export interface Narrator {
  chapter(title: string): void;
  say(text: string): void;
  /** Runs a command as a role, shows it with its output, and fails unless it ends with `expected`. */
  run(role: Role, args: readonly string[], expected?: number): Promise<Ended>;
}

/** How to tell it. */
export interface NarratorOptions {
  /** For titles. */
  readonly paint?: ((text: string) => string) | undefined;
  /** Ends the command that runs, and lets no other begin. */
  readonly signal?: AbortSignal | undefined;
}

/** A narrator that writes to a stream and shows paths relative to `directory`. */
export function createNarrator(
  stream: NodeJS.WritableStream,
  directory: string,
  { paint = (text) => text, signal }: NarratorOptions = {},
): Narrator {
  let number = 0;
  const shorten = (text: string) => text.replaceAll(`${directory}/`, "");
  return {
    chapter(title) {
      number += 1;
      stream.write(`\n${paint(`${number}. ${title}`)}\n\n`);
    },
    say: (text) => void stream.write(`${text}\n`),
    async run(role, args, expected = 0) {
      stream.write(
        `\n${role.name}$ apoc ${args.map((arg) => quote(shorten(relativePath(role, arg)))).join(" ")}\n`,
      );
      const show = (text: string) => stream.write(shorten(text).replace(/^(?=.)/gm, "    "));
      const ended = await runApoc(role, args, { audience: show, signal });
      show(ended.stdout);
      if (ended.code !== expected) {
        throw new Error(
          `apoc ${args.join(" ")} ended with ${ended.code} instead of ${expected}\n${ended.stderr}`,
        );
      }
      return ended;
    },
  };
}

function relativePath({ directory }: Role, arg: string): string {
  return arg.startsWith(`${directory}/`) ? relative(directory, arg) : arg;
}

function quote(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`;
}
