import { compile } from "./compiler.ts";

/** A node of the compiler's syntax tree, with the bytes of its source that it spans. */
export interface AstNode {
  readonly nodeType: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** The syntax tree of `path` below `root`, without making code. @throws where it does not compile */
export function parse(root: string, path: string): AstNode {
  const output = compile(root, [path], new Map(), "ast");
  if (output === undefined) throw new Error(`${path} does not compile`);
  return spanned(output.sources[path]?.ast) as AstNode;
}

/** Puts `start` and `end` in the place of the compiler's `src`. */
function spanned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spanned);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.fromEntries(Object.entries(value).map(([name, field]) => [name, spanned(field)]));
  if (typeof fields["src"] !== "string") return fields;
  const [start = 0, length = 0] = fields["src"].split(":").map(Number);
  return { ...fields, start, end: start + length };
}

/** Where a node stands: what holds it, and the name of the function or constant that it is in (empty: in none). */
export interface Place {
  readonly node: AstNode;
  readonly parent: AstNode | undefined;
  readonly within: string;
}

/** Every node below `node`, itself first. */
export function* walk(node: AstNode, parent?: AstNode, within = ""): Generator<Place> {
  const named = node.nodeType === "FunctionDefinition" || node.nodeType === "VariableDeclaration";
  const name = named && within === "" ? String(node["name"]) : within;
  yield { node, parent, within: name };
  for (const field of Object.values(node)) {
    for (const child of Array.isArray(field) ? field : [field]) {
      if (typeof child === "object" && child !== null && "nodeType" in child)
        yield* walk(child as AstNode, node, name);
    }
  }
}
