import type { ErrorKind } from "@apoc/errors";
import type { Context } from "./context.ts";

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
  /** Runnable as it stands. */
  readonly command: string;
}

export interface ArgumentSpec {
  /** `<x>` required, `[x]` optional, `<x...>` and `[x...]` any number; only the last may be of the latter kinds. */
  readonly syntax: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** Throws an `ApocError`, or any error whose message says what was expected. */
  readonly parse?: (text: string) => unknown;
}

export interface OptionSpec {
  /** `--name <value>`, `-n, --name <value>`, or `--name` for a boolean. */
  readonly flags: string;
  readonly description: string;
  readonly required?: boolean;
  /** May be given several times; the value is an array, empty when not given. */
  readonly multiple?: boolean;
  /** As a user would write it; goes through `parse`. */
  readonly default?: string;
  /** Environment variable that stands in for an absent option; list it in `environment.ts`. */
  readonly env?: string;
  readonly choices?: readonly string[];
  /** Throws an `ApocError`, or any error whose message says what was expected. */
  readonly parse?: (text: string) => unknown;
}

type Parsed<S> = S extends { parse: (text: string) => infer V }
  ? V
  : S extends { choices: readonly (infer C)[] }
    ? C
    : string;

/** Type of an argument's value. */
export type ArgumentValue<A extends ArgumentSpec> = A["syntax"] extends `${string}...${string}`
  ? readonly Parsed<A>[]
  : A["syntax"] extends `[${string}`
    ? Parsed<A> | undefined
    : Parsed<A>;

/** Type of an option's value. */
export type OptionValue<O extends OptionSpec> = O["flags"] extends `${string}<${string}`
  ? O extends { multiple: true }
    ? readonly Parsed<O>[]
    : O extends { required: true } | { default: string }
      ? Parsed<O>
      : Parsed<O> | undefined
  : boolean;

/** Values of options that several commands share. */
export type OptionValues<O extends Readonly<Record<string, OptionSpec>>> = {
  readonly [K in keyof O]: OptionValue<O[K]>;
};

/** What a command with these declarations hands to its `run`. */
export interface CommandInput<
  A extends Readonly<Record<string, ArgumentSpec>>,
  O extends Readonly<Record<string, OptionSpec>>,
> {
  readonly args: { readonly [K in keyof A]: ArgumentValue<A[K]> };
  readonly options: OptionValues<O>;
}

/** Declares a command. The input of `run` must take what `args` and `options` declare. */
export function defineCommand<
  const A extends Readonly<Record<string, ArgumentSpec>> = Record<never, never>,
  const O extends Readonly<Record<string, OptionSpec>> = Record<never, never>,
>(spec: {
  readonly description?: string;
  readonly args?: A;
  readonly options?: O;
  readonly examples?: readonly Example[];
  readonly run: () => Promise<RunModule<NoInfer<CommandInput<A, O>>>>;
}): Command {
  return {
    kind: "command",
    description: spec.description,
    args: spec.args ?? {},
    options: spec.options ?? {},
    examples: spec.examples ?? [],
    run: spec.run as Command["run"],
  };
}

/** Declares a group of commands. */
export function defineGroup(spec: {
  readonly summary: string;
  readonly description?: string;
  readonly commands: Readonly<Record<string, CommandEntry>>;
  readonly examples?: readonly Example[];
}): Group {
  return {
    kind: "group",
    summary: spec.summary,
    description: spec.description,
    commands: spec.commands,
    examples: spec.examples ?? [],
  };
}
