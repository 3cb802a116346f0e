import { ApocError, type NextStep } from "@apoc/errors";
import { type Paint, paintFor } from "./color.ts";
import { terminalErrors } from "./errors.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";
import { type Progress, type ProgressStyle, startProgress } from "./progress.ts";
import { printable } from "./printable.ts";
import { Cancelled, lineReader } from "./prompt.ts";

/** Standard error: everything that is not the result. With `--json` or `--quiet` steps, notes and progress are silent. */
export interface Ui {
  readonly paint: Paint;
  /** Whether questions can be asked: a terminal on both sides and no `--no-input`. */
  readonly interactive: boolean;
  /** A line that matters as context: who, where, how much. */
  readonly note: (text: string) => void;
  /** `  ✓ Encrypted layers         AES-256-CTR, 3 of 3` */
  readonly step: (label: string, detail?: string) => void;
  /** The same with a cross; the command goes on. */
  readonly failed: (label: string, detail?: string) => void;
  /** The same with a dash: did not apply. */
  readonly skipped: (label: string, detail?: string) => void;
  /** `! text`; always shown. Further lines are indented. */
  readonly warn: (text: string) => void;
  /** Shown always: what a user must have seen, such as the marketplace notice and the price. */
  readonly notice: (text: string) => void;
  /** More detail: shown from `-v` (1) or `-vv` (2). */
  readonly detail: (text: string, level?: 1 | 2) => void;
  /** A bar on a terminal, one line at the end otherwise. `total` in any unit. */
  readonly progress: (label: string, total?: number) => Progress;
  /**
   * Returns when the user says yes; default is no. `--yes` answers. Throws CONFIRMATION_NEEDED without a terminal,
   * and DECLINED.
   */
  readonly confirm: (question: string) => Promise<void>;
  /** One line of text. Throws INPUT_NEEDED without a terminal, DECLINED at the end of input. */
  readonly ask: (question: string, options?: { readonly next?: NextStep }) => Promise<string>;
  /** The same without showing what is typed. */
  readonly password: (question: string, options?: { readonly next?: NextStep }) => Promise<string>;
}

/** Width of the label of a step. */
const labelWidth = 24;

export function createUi(
  io: Io,
  flags: Pick<Flags, "json" | "quiet" | "verbose" | "color" | "input" | "yes">,
  signal: AbortSignal,
): Ui {
  const { stdin, stderr, env } = io;
  const paint = paintFor(stderr, env, flags.color);
  const silent = flags.json || flags.quiet;
  const interactive = stdin.isTTY === true && stderr.isTTY === true && flags.input;
  const style: ProgressStyle = silent
    ? "none"
    : stderr.isTTY === true && env["TERM"] !== "dumb"
      ? "bar"
      : "plain";
  const lines = lineReader(stdin);
  const print = (text: string) => void stderr.write(`${printable(text)}\n`);
  const marked = (mark: string) => (label: string, detail?: string) => {
    if (silent) return;
    print(detail === undefined ? `  ${mark} ${label}` : `  ${mark} ${label.padEnd(labelWidth)} ${detail}`);
  };
  const step = marked(paint("green", "✓"));
  const failed = marked(paint("red", "✗"));

  const question = async (text: string, hidden: boolean, next?: NextStep) => {
    if (!interactive) throw new ApocError(terminalErrors.INPUT_NEEDED, { field: text, next });
    stderr.write(`${paint("cyan", ">")} ${printable(text)} `);
    try {
      const answer = await lines.read(hidden, signal);
      if (answer === undefined) throw new ApocError(terminalErrors.DECLINED, { field: text });
      return answer;
    } catch (error) {
      if (error instanceof Cancelled) throw new ApocError(terminalErrors.INTERRUPTED, { detail: "SIGINT" });
      throw error;
    } finally {
      if (hidden) stderr.write("\n");
    }
  };

  return {
    paint,
    interactive,
    note: (text) => {
      if (!silent) print(text);
    },
    step,
    failed,
    skipped: marked(paint("dim", "–")),
    warn: (text) => print(`${paint("yellow", "!")} ${text.replaceAll("\n", "\n  ")}`),
    notice: print,
    detail: (text, level = 1) => {
      if (flags.verbose >= level) print(paint("dim", text));
    },
    progress: (label, total) =>
      startProgress(stderr, paint, style, label, total, (ok, name, detail) =>
        (ok ? step : failed)(name, detail),
      ),
    async confirm(text) {
      if (flags.yes) return;
      if (!interactive) {
        throw new ApocError(terminalErrors.CONFIRMATION_NEEDED, {
          field: text,
          next: { action: "confirm" },
        });
      }
      const answer = await question(`${text} [y/N]`, false);
      if (!/^y(es)?$/i.test(answer.trim())) throw new ApocError(terminalErrors.DECLINED, { field: text });
    },
    ask: (text, options = {}) => question(text, false, options.next),
    password: (text, options = {}) => question(text, true, options.next),
  };
}
