import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { changesOf } from "./operators.ts";
import { type AstNode, parse, walk } from "./syntax-tree.ts";

/** A contract with one fault put in. */
export interface Mutant {
  /** Follows from file, function, operator, line text and replacement: it outlives changes elsewhere in the file. */
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly within: string;
  readonly operator: string;
  /** The changed text, before and after. */
  readonly before: string;
  readonly after: string;
  /** The whole file. */
  readonly source: string;
}

/** The sources whose faults count: all that is deployed; interfaces hold no code, mocks are tests. */
export function mutatedFiles(root: string): string[] {
  return readdirSync(join(root, "contracts"), { recursive: true, encoding: "utf8" })
    .map((name) => `contracts/${name}`)
    .filter((path) => path.endsWith(".sol") && !/^contracts\/(interfaces|mocks)\//.test(path))
    .toSorted();
}

/** All mutants of one file that could compile. */
export function mutantsOf(root: string, file: string): Mutant[] {
  const bytes = readFileSync(join(root, file));
  const slice = (start: number, end: number) => bytes.subarray(start, end).toString("utf8");
  const tree = parse(root, file);
  const seen = new Map<string, number>();
  const mutants: Mutant[] = [];
  for (const { node, parent, within } of walk(tree)) {
    // Import paths and documentation are no code.
    if (within === "") continue;
    for (const change of changesOf(node, parent, (each: AstNode) => slice(each.start, each.end))) {
      const before = slice(change.start, change.end);
      const number = slice(0, change.start).split("\n").length;
      const line = (bytes.toString("utf8").split("\n")[number - 1] ?? "").trim();
      const key = [file, within, change.operator, line, before, change.text].join("\0");
      const nth = seen.get(key) ?? 0;
      seen.set(key, nth + 1);
      const id = createHash("sha256").update(`${key}\0${nth}`).digest("hex").slice(0, 8);
      const source = slice(0, change.start) + change.text + slice(change.end, bytes.length);
      mutants.push({
        id,
        file,
        line: number,
        within,
        operator: change.operator,
        before: shown(before),
        after: shown(change.text),
        source,
      });
    }
  }
  return mutants;
}

/** On one line. */
function shown(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
