import type { ErrorKind } from "@apoc/errors";
import type { Context } from "../context.ts";
import type { ArgumentSpec, OptionSpec } from "./specs.ts";

/**
 * Commands are data: parsing, help and documentation derive from it. A group's table names its commands and loads
 * each module only when it is used; what a command runs is a module of its own, which help does not load either.
 *
 * ```ts
 * // packages/developer/src/index.ts
 * export const group = defineGroup({
 *   summary: "Publish encrypted images and be paid for them",
 *   commands: { publish: { summary: "Encrypt and push an image", load: () => import("./commands/publish.ts") } },
 * });
 *
 * // packages/developer/src/commands/publish.ts: imports only what the data needs
 * export const command = defineCommand({
 *   args: { image: { syntax: "<image>", description: "OCI layout, archive or docker://reference" } },
 *   options: {
 *     to: { flags: "--to <ref>", description: "where to push", required: true },
 *     recipient: { flags: "--recipient <key>", description: "one more reader", multiple: true },
 *   },
 *   examples: [{ text: "Publish a saved image", command: "apoc dev publish app.tar --to localhost:5000/app:1" }],
 *   run: () => import("./publish.run.ts"),
 * });
 *
 * // packages/developer/src/commands/publish.run.ts: imports what it likes, but not publish.ts
 * interface Input {
 *   readonly args: { readonly image: string };
 *   readonly options: { readonly to: string; readonly recipient: readonly string[] };
 * }
 *
 * export async function run(ctx: Context, { args, options }: Input): RunResult {
 *   ctx.ui.step("Read image", args.image);
 *   const digest = await publish(args.image, options.to, options.recipient, ctx.signal);
 *   ctx.output.result({ digest }, digest);
 * }
 * ```
 *
 * The compiler checks in `publish.ts` that the input of `run` is what the data declares, so the two need no common
 * type and import each other in one direction only. An inline `parse` needs the type of its parameter written out:
 * `parse: (text: string) => BigInt(text)`.
 */
export interface Command {
  readonly kind: "command";
  /** Paragraphs below the summary of the help. */
  readonly description?: string | undefined;
  readonly args: Readonly<Record<string, ArgumentSpec>>;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly Example[];
  /** Whether it runs until it is stopped, so that speed later is worth more than a quick start. */
  readonly server: boolean;
  /** Loads the module that runs it. */
  readonly run: () => Promise<RunModule<{ readonly args: never; readonly options: never }>>;
}

/** A `NAME.run.ts`. */
export interface RunModule<Input> {
  readonly run: (ctx: Context, input: Input) => RunResult;
}

/**
 * What `run` gives. Nothing: done. A kind of failure: the result was printed, and the process still ends with the
 * exit code of that kind (a check that found something). Any other failure is thrown.
 */
export type RunResult = Promise<ErrorKind | void>;

/** A noun with commands below it. Showing its help loads none of them. */
export interface Group {
  readonly kind: "group";
  /** One line. */
  readonly summary: string;
  readonly description?: string | undefined;
  readonly commands: Readonly<Record<string, CommandEntry>>;
  readonly examples: readonly Example[];
}

/** A row of a group's table. The module exports `command` or `group`. */
export interface CommandEntry {
  /** One line, in the imperative, without final stop. */
  readonly summary: string;
  readonly aliases?: readonly string[];
  load(): Promise<CommandModule>;
}

export type CommandModule = { readonly command: Command } | { readonly group: Group };

export interface Example {
  /** What it does. */
  readonly text: string;
  /** Runnable as it is. */
  readonly command: string;
}
