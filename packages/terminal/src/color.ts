import type { OutputStream } from "./io.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
/** Gives `text` a style, or returns it unchanged where colours are off. */
export type Paint = (style: Style, text: string) => string;

/**
 * Colours on a stream: `--no-color` and `NO_COLOR` switch off, then `CLICOLOR_FORCE` switches on, then a terminal that is not
 * `TERM=dumb` has them. https://no-color.org, https://bixense.com/clicolors
 */
export function paintFor(
  stream: OutputStream,
  env: Readonly<Record<string, string | undefined>>,
  wanted: boolean,
): Paint {
  const forced = (env["CLICOLOR_FORCE"] ?? "0") !== "0" && env["CLICOLOR_FORCE"] !== "";
  const enabled =
    wanted && (env["NO_COLOR"] ?? "") === "" && (forced || (stream.isTTY === true && env["TERM"] !== "dumb"));
  if (!enabled) return (_, text) => text;
  // An import would load this module for help in plain text too.
  const { styleText } = process.getBuiltinModule("node:util");
  return (style, text) => styleText(style, text, { validateStream: false });
}
