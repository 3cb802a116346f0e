import type { Command, Group } from "../command/command.ts";
import type { OptionSpec } from "../command/specs.ts";
import { globalOptions } from "../flags.ts";
import type { Paint } from "../color.ts";

type Row = readonly [left: string, right: string];

/** Help of a group: its commands by their summaries; no command module is loaded for it. */
export function renderGroupHelp(path: string, group: Group, paint: Paint): string {
  const rows = Object.entries(group.commands).map(([name, { summary, aliases }]): Row => {
    return [name, aliases === undefined ? summary : `${summary} (also: ${aliases.join(", ")})`];
  });
  return sections(paint, [
    ["", paragraphs(group.summary, group.description)],
    ["USAGE", `  ${path} <command> [flags]`],
    ["COMMANDS", table(rows)],
    [
      "FLAGS",
      table([
        ["-h, --help", "show help"],
        ...Object.values(globalOptions).map(optionRow),
        ...(path.includes(" ") ? [] : [versionRow]),
      ]),
    ],
    ["EXAMPLES", examples(group.examples, paint)],
    ["LEARN MORE", learnMore(path, true)],
  ]);
}

/** Help of a command. */
export function renderCommandHelp(path: string, summary: string, command: Command, paint: Paint): string {
  const args = Object.values(command.args);
  const usage = [path, ...args.map((argument) => argument.syntax), ...requiredUsage(command), "[flags]"].join(
    " ",
  );
  const own = Object.values(command.options).map(optionRow);
  return sections(paint, [
    ["", paragraphs(summary, command.description)],
    ["USAGE", `  ${usage}`],
    [
      "ARGUMENTS",
      table(args.map(({ syntax, description, choices }) => [syntax, withChoices(description, choices)])),
    ],
    ["FLAGS", table(own)],
    ["INHERITED FLAGS", table([["-h, --help", "show help"], ...Object.values(globalOptions).map(optionRow)])],
    ["EXAMPLES", examples(command.examples, paint)],
    ["LEARN MORE", learnMore(path, false)],
  ]);
}

const versionRow: Row = ["    --version", "show the version"];

function requiredUsage(command: Command): string[] {
  return Object.values(command.options)
    .filter((option) => option.required === true)
    .map((option) => option.flags.replace(/^-\w, /, ""));
}

function optionRow({ flags, description, required, multiple, choices, ...rest }: OptionSpec): Row {
  const remarks = [
    required === true ? "required" : undefined,
    multiple === true ? "repeatable" : undefined,
    rest.default === undefined ? undefined : `default ${rest.default}`,
    rest.env === undefined ? undefined : `env ${rest.env}`,
  ].filter((remark) => remark !== undefined);
  const text = withChoices(description, choices);
  return [
    flags.startsWith("--") ? `    ${flags}` : flags,
    remarks.length === 0 ? text : `${text} (${remarks.join(", ")})`,
  ];
}

function withChoices(description: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? description : `${description}: {${choices.join("|")}}`;
}

function table(rows: readonly Row[]): string {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

function examples(list: Group["examples"], paint: Paint): string {
  return list.map(({ text, command }) => `  ${paint("dim", `# ${text}`)}\n  $ ${command}`).join("\n\n");
}

function learnMore(path: string, group: boolean): string {
  const root = path.split(" ")[0] ?? path;
  const lines = [
    `  ${root} help environment    variables that are read`,
    `  ${root} help exit-codes     what the exit code says`,
  ];
  return (group ? [`  ${path} <command> --help`, ...lines] : lines).join("\n");
}

function paragraphs(summary: string, description: string | undefined): string {
  return description === undefined ? `${summary}.` : `${summary}.\n\n${description.trim()}`;
}

function sections(paint: Paint, list: readonly (readonly [title: string, body: string])[]): string {
  return list
    .filter(([, body]) => body !== "")
    .map(([title, body]) => (title === "" ? body : `${paint("bold", title)}\n${body}`))
    .join("\n\n")
    .concat("\n");
}
