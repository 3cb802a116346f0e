import type { ArgumentSpec, OptionSpec } from "./specs.ts";

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
