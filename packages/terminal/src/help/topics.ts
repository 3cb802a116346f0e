import { environmentVariables } from "../environment.ts";
import { exitCodeMeanings } from "../exit-codes.ts";

/** A page of `help <topic>`: what `--json` prints and the text. */
export interface HelpTopic {
  readonly value: unknown;
  readonly text: string;
}

/** Pages that belong to no command. */
export const helpTopics: Readonly<Record<string, HelpTopic>> = {
  environment: {
    value: environmentVariables,
    text: rows(
      environmentVariables.map(({ name, meaning, sensitive }) => [
        name,
        sensitive ? `${meaning} (secret)` : meaning,
      ]),
    ),
  },
  "exit-codes": {
    value: Object.fromEntries(exitCodeMeanings),
    text: rows(exitCodeMeanings.map(([code, meaning]) => [String(code), meaning])),
  },
};

function rows(list: readonly (readonly [string, string])[]): string {
  const width = Math.max(...list.map(([left]) => left.length));
  return list.map(([left, right]) => `${left.padEnd(width)}  ${right}`).join("\n");
}
