/** An argument of a command, by its position. */
export interface ArgumentSpec {
  /** `<x>` required, `[x]` optional, `<x...>` and `[x...]` any number; only the last may be of the latter kinds. */
  readonly syntax: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** Throws an `ApocError`, or any error whose message says what was expected. */
  readonly parse?: (text: string) => unknown;
}

/** An option of a command. */
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
