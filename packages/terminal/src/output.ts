import { paintFor, type Paint } from "./color.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";
import { printable } from "./printable.ts";
import { type Column, renderTable } from "./table.ts";

/** Helps a text renderer. */
export interface TextTools {
  readonly paint: Paint;
  readonly table: <Row>(rows: readonly Row[], columns: readonly Column<Row>[]) => string;
}

/** Standard output: the result of the command and nothing else. */
export interface Output {
  /**
   * The result, once a command. With `--json` the value as one document (bigint as decimal string), else the text; a
   * final newline is added.
   */
  readonly result: (value: unknown, text: string | ((tools: TextTools) => string)) => void;
  /** One record of an unbounded result (logs, events): with `--json` a compact document a line, else the text. */
  readonly line: (value: unknown, text: string) => void;
}

/** The output that {@link createOutput} gives; `finish` is for `runCli`. */
export interface FinishableOutput extends Output {
  /** With `--json`, a command without a result still prints one document: `null`. */
  readonly finish: () => void;
}

export function createOutput(io: Io, flags: Pick<Flags, "json" | "color">): FinishableOutput {
  const { stdout } = io;
  let written: "nothing" | "result" | "lines" = "nothing";
  const tools: TextTools = {
    paint: paintFor(stdout, io.env, flags.color),
    table: (rows, columns) => renderTable(rows, columns, stdout.isTTY === true),
  };
  const claim = (form: "result" | "lines") => {
    if (written === "result" || (written === "lines" && form === "result")) {
      throw new Error("a command has one result, or lines, not both");
    }
    written = form;
  };
  return {
    result(value, text) {
      claim("result");
      const body = flags.json ? toJson(value, 2) : printable(typeof text === "string" ? text : text(tools));
      if (body !== "") stdout.write(body.endsWith("\n") ? body : `${body}\n`);
    },
    line(value, text) {
      claim("lines");
      stdout.write(`${flags.json ? toJson(value) : printable(text)}\n`);
    },
    finish() {
      if (flags.json && written === "nothing") stdout.write("null\n");
    },
  };
}

/** JSON of a value in which amounts are bigint: they become decimal strings, since JSON numbers lose digits. */
export function toJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(
    value,
    (_, item: unknown) => (typeof item === "bigint" ? item.toString() : item),
    indent,
  );
  // JSON leaves these as they are; escaped, they are the same text and harmless on a terminal.
  return (text ?? "null").replace(
    /[\u007f-\u009f]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
