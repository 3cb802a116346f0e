import { ApocError, isApocError } from "@apoc/errors";
import { Argument, Command as Parser, CommanderError, Option } from "commander";
import type { Command } from "./command/command.ts";
import type { OptionSpec } from "./command/specs.ts";
import { terminalErrors } from "./errors.ts";
import { type Flags, globalOptions } from "./flags.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** A parsed command line: the global flags and what the command gets. */
export interface ParsedCommand {
  readonly flags: Flags;
  readonly input: { readonly args: never; readonly options: never };
}

/** Parses what follows the name of a command. `path` is for messages. Throws USAGE. */
export function parseCommand(
  path: string,
  command: Command,
  words: readonly string[],
  env: Env,
): ParsedCommand {
  const parser = createParser(path);
  const own = Object.entries(command.options).map(
    ([key, spec]) => [key, spec, addOption(parser, spec)] as const,
  );
  const readFlags = addGlobalOptions(parser, env);
  const args = Object.entries(command.args).map(([key, spec]) => {
    const argument = new Argument(spec.syntax, spec.description);
    if (spec.choices !== undefined) argument.choices(spec.choices);
    parser.addArgument(argument);
    return [key, spec] as const;
  });
  run(parser, path, words);
  const values = parser.opts();
  const options: Record<string, unknown> = {};
  for (const [key, spec, option] of own) {
    const given =
      (values[option.attributeName()] as unknown) ?? (spec.env === undefined ? undefined : env[spec.env]);
    if (given === undefined && spec.required === true) {
      throw usage(path, `required option '${spec.flags}' is missing`, spec.flags);
    }
    options[key] = convert(path, spec.flags, spec.parse, given ?? absentValue(spec));
  }
  const positional: Record<string, unknown> = {};
  for (const [index, [key, spec]] of args.entries()) {
    positional[key] = convert(path, spec.syntax, spec.parse, parser.processedArgs[index] as unknown);
  }
  return { flags: readFlags(), input: { args: positional as never, options: options as never } };
}

/** Checks a line that names a group only: global flags are fine, anything else is an error. Throws USAGE. */
export function parseGroupFlags(path: string, words: readonly string[], env: Env): Flags {
  const parser = createParser(path);
  const readFlags = addGlobalOptions(parser, env);
  run(parser, path, words);
  return readFlags();
}

/** The error for a word that names no command of a group, with the nearest name. */
export function unknownCommand(path: string, names: readonly string[], word: string): ApocError {
  const parser = createParser(path).allowExcessArguments();
  for (const name of names) parser.command(name);
  try {
    run(parser, path, [word]);
  } catch (error) {
    if (isApocError(error)) return error;
    throw error;
  }
  return new ApocError(terminalErrors.UNKNOWN_COMMAND, {
    field: word,
    next: { action: "run", subject: `${path} --help` },
  });
}

/** Flags of a line that is not parsed strictly: bare nouns, help, errors before or during parsing. */
export function lenientFlags(words: readonly string[], env: Env): Flags {
  const parser = createParser("").allowUnknownOption().allowExcessArguments();
  const readFlags = addGlobalOptions(parser, env);
  try {
    parser.parse(words, { from: "user" });
    return readFlags();
  } catch {
    return { ...readFlags(false), json: words.includes("--json") };
  }
}

function createParser(name: string): Parser {
  return new Parser(name)
    .exitOverride()
    .helpOption(false)
    .helpCommand(false)
    .allowExcessArguments(false)
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
}

function addOption(parser: Parser, spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (spec.choices !== undefined) option.choices(spec.choices);
  if (spec.multiple === true) {
    const one = option.parseArg;
    option.argParser((text: string, before: string[] | undefined) => {
      one?.(text, undefined as never);
      return [...(before ?? []), text];
    });
  }
  parser.addOption(option);
  return option;
}

function addGlobalOptions(parser: Parser, env: Env): (parsed?: boolean) => Flags {
  for (const spec of Object.values(globalOptions)) addOption(parser, spec);
  let verbose = 0;
  parser.on("option:verbose", () => verbose++);
  return (parsed = true) => {
    const values = parser.opts() as Record<string, string | boolean | undefined>;
    const text = (key: keyof typeof globalOptions) => {
      const given = values[key] as string | undefined;
      const spec: OptionSpec = globalOptions[key];
      return given ?? (spec.env === undefined ? undefined : env[spec.env] || undefined);
    };
    const timeout = parsed ? text("timeout") : undefined;
    for (const name of ["rpcUrl", "ipfsGateway"] as const) {
      const url = text(name);
      if (!parsed || url === undefined || /^https?:$/.test(URL.parse(url)?.protocol ?? "")) continue;
      // The value is left out: it may carry a key.
      throw usage(parser.name(), "expected an http or https URL", globalOptions[name].flags);
    }
    return {
      json: values["json"] === true,
      quiet: values["quiet"] === true,
      verbose,
      color: values["color"] !== false,
      input: values["input"] !== false,
      yes: values["yes"] === true,
      network: text("network"),
      rpcUrl: text("rpcUrl"),
      wallet: text("wallet"),
      passwordFile: text("passwordFile"),
      ipfsGateway: text("ipfsGateway"),
      configDir: text("configDir"),
      timeout: timeout === undefined ? undefined : globalOptions.timeout.parse(timeout),
      trace: values["trace"] === true,
    };
  };
}

function absentValue(spec: OptionSpec): unknown {
  if (!spec.flags.includes("<")) return false;
  return spec.multiple === true ? [] : spec.default;
}

function convert(
  path: string,
  where: string,
  parse: ((text: string) => unknown) | undefined,
  value: unknown,
): unknown {
  if (parse === undefined || value === undefined || typeof value === "boolean") return value;
  const one = (text: string) => {
    try {
      return parse(text);
    } catch (error) {
      if (isApocError(error)) throw error.field === undefined ? located(error, path, where) : error;
      throw usage(path, `'${text}': ${(error as Error).message}`, where);
    }
  };
  return Array.isArray(value) ? (value as string[]).map(one) : one(value as string);
}

/** A parser knows what it expected, not which option it stands for. */
function located(error: ApocError, path: string, where: string): ApocError {
  const { expected, actual, detail, next = { action: "run", subject: `${path} --help` } } = error;
  return new ApocError(error.descriptor, { field: where, expected, actual, detail, next, cause: error });
}

function run(parser: Parser, path: string, words: readonly string[]): void {
  try {
    parser.parse(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const message = error.message.replace(/^error: /, "").replace("\n", " ");
    if (error.code !== "commander.unknownCommand") throw usage(path, message);
    throw new ApocError(terminalErrors.UNKNOWN_COMMAND, {
      detail: message,
      next: { action: "run", subject: `${path} --help` },
    });
  }
}

function usage(path: string, message: string, field?: string): ApocError {
  return new ApocError(terminalErrors.USAGE, {
    field,
    detail: message,
    next: { action: "run", subject: `${path} --help` },
  });
}
