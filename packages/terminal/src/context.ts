import type { ConfigStore } from "./config/store.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";
import type { Ui } from "./ui.ts";

/** What a command gets. It touches the outer world through this and its own libraries only. */
export interface Context {
  readonly io: Io;
  /** Standard output: the result. */
  readonly output: Output;
  /** Standard error: steps, notes, warnings, questions. */
  readonly ui: Ui;
  /** Aborted by Ctrl-C, SIGTERM, `--timeout`, or a reader that closed standard output. */
  readonly signal: AbortSignal;
  /** The configuration file and the folders beside it; read when asked. */
  readonly config: ConfigStore;
  readonly flags: Flags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}
