/**
 * Splits a line of `iptables -S` into its words, as the shell would read them back: words with spaces are quoted, with a
 * backslash before quotes and backslashes.
 */
export function ruleWords(line: string): readonly string[] {
  const words: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s"]+)/g)) {
    words.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll(/\\(.)/g, "$1"));
  }
  return words;
}

/** The arguments that delete the rule of a line `-A CHAIN …`; `undefined` for other lines. */
export function deletionOf(line: string): readonly string[] | undefined {
  const [command, ...rest] = ruleWords(line);
  return command === "-A" ? ["-D", ...rest] : undefined;
}
