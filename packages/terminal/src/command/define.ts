import type { Command, CommandEntry, Example, Group, RunModule } from "./command.ts";
import type { CommandInput } from "./input.ts";
import type { ArgumentSpec, OptionSpec } from "./specs.ts";

/** Declares a command. The input of `run` must take what `args` and `options` declare. */
export function defineCommand<
  const A extends Readonly<Record<string, ArgumentSpec>> = Record<never, never>,
  const O extends Readonly<Record<string, OptionSpec>> = Record<never, never>,
>(spec: {
  readonly description?: string;
  readonly args?: A;
  readonly options?: O;
  readonly examples?: readonly Example[];
  readonly server?: boolean;
  readonly run: () => Promise<RunModule<NoInfer<CommandInput<A, O>>>>;
}): Command {
  return {
    kind: "command",
    description: spec.description,
    args: spec.args ?? {},
    options: spec.options ?? {},
    examples: spec.examples ?? [],
    server: spec.server ?? false,
    run: spec.run as Command["run"],
  };
}

/** Declares a group of commands. */
export function defineGroup(spec: {
  readonly summary: string;
  readonly description?: string | undefined;
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
