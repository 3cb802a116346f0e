import type { AstNode } from "./syntax-tree.ts";

/** One change of a source: the bytes `[start, end)` become `text`. */
export interface Change {
  readonly operator: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Source text of a node. */
export type TextOf = (node: AstNode) => string;

/** What an operator becomes: the neighbouring boundary, the opposite, or the inverse. */
const binary: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "/",
  "<<": ">>",
  ">>": "<<",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "==": "!=",
  "!=": "==",
  "&&": "||",
  "||": "&&",
};

/** The same in assembly. */
const assembly: Readonly<Record<string, string>> = {
  add: "sub",
  sub: "add",
  lt: "gt",
  gt: "lt",
  shl: "shr",
  shr: "shl",
  or: "and",
  and: "or",
  iszero: "not",
};

/** All changes that one node of the syntax tree invites; `parent` is the node that holds it. */
export function changesOf(node: AstNode, parent: AstNode | undefined, text: TextOf): Change[] {
  switch (node.nodeType) {
    case "BinaryOperation":
      // A whole condition of equality is turned round by the changes of its branches.
      if (parent?.nodeType === "IfStatement" && /^[=!]=$/.test(node["operator"] as string)) return [];
      return [...operatorChange(node, text), ...roundingUp(node, text)];
    case "UnaryOperation":
      return node["operator"] === "!"
        ? [replace(node, "drop a negation", text(node["subExpression"] as AstNode))]
        : [];
    case "IfStatement":
      return branchChanges(node, text);
    case "Conditional":
      return [
        replace(node, "always the first", text(node["trueExpression"] as AstNode)),
        replace(node, "always the second", text(node["falseExpression"] as AstNode)),
      ];
    case "ExpressionStatement":
      return statementChanges(node, text);
    case "EmitStatement":
      return [replace(node, "drop an event", "{}", 1), ...fieldChanges(node, text)];
    case "FunctionCall":
      return extremeChange(node, text);
    case "ModifierInvocation":
      return [replace(node, "drop a modifier", "")];
    case "YulFunctionCall":
      return assemblyChange(node, text);
    case "Literal":
    case "YulLiteral":
      return literalChange(node, parent);
    case "Block":
      return orderChanges(node, text);
    default:
      return [];
  }
}

/** `extra` more bytes are replaced behind the node, for a semicolon that is not part of it. */
function replace(node: AstNode, operator: string, text: string, extra = 0): Change {
  return { operator, start: node.start, end: node.end + extra, text };
}

function operatorChange(node: AstNode, text: TextOf): Change[] {
  const operator = node["operator"] as string;
  const other = binary[operator];
  if (other === undefined) return [];
  const left = node["leftExpression"] as AstNode;
  const right = node["rightExpression"] as AstNode;
  // Between the operands there may be parentheses, too.
  const gap = text({ ...node, start: left.end, end: right.start });
  const at = left.end + gap.indexOf(operator);
  return [{ operator: `${operator} to ${other}`, start: at, end: at + operator.length, text: other }];
}

function roundingUp(node: AstNode, text: TextOf): Change[] {
  const left = text(node["leftExpression"] as AstNode);
  const right = text(node["rightExpression"] as AstNode);
  if (node["operator"] === "/")
    return [replace(node, "round up", `(((${left}) + (${right}) - 1) / (${right}))`)];
  if (node["operator"] === ">>")
    return [replace(node, "round up", `(((${left}) + (uint256(1) << (${right})) - 1) >> (${right}))`)];
  return [];
}

function branchChanges(node: AstNode, text: TextOf): Change[] {
  const condition = node["condition"] as AstNode;
  const refuses = /^\{?\s*revert\b/.test(text(node["trueBody"] as AstNode));
  const never = replace(condition, refuses ? "drop a guard" : "never this branch", "false");
  return refuses ? [never] : [never, replace(condition, "always this branch", "true")];
}

function statementChanges(node: AstNode, text: TextOf): Change[] {
  const expression = node["expression"] as AstNode;
  if (expression.nodeType === "FunctionCall") return [replace(node, "drop a call", "{}", 1)];
  if (expression.nodeType !== "Assignment") return [];
  const changes = [replace(node, "drop a write", "{}", 1)];
  const operator = expression["operator"] as string;
  const other = { "+=": "-=", "-=": "+=" }[operator];
  if (other === undefined) return changes;
  const left = text(expression["leftHandSide"] as AstNode);
  const right = text(expression["rightHandSide"] as AstNode);
  changes.push(replace(expression, `${operator} to ${other}`, `${left} ${other} ${right}`));
  changes.push(replace(expression, `${operator} to =`, `${left} = ${right}`));
  return changes;
}

function assemblyChange(node: AstNode, text: TextOf): Change[] {
  const called = node["functionName"] as AstNode;
  const name = text(called);
  const other = assembly[name];
  return other === undefined ? [] : [replace(called, `${name} to ${other}`, other)];
}

/** A number of an event becomes another; two fields of one type change places. */
function fieldChanges(node: AstNode, text: TextOf): Change[] {
  const call = node["eventCall"] as AstNode;
  const fields = call["arguments"] as AstNode[];
  return fields.flatMap((field, index) => {
    const type = typeOf(field);
    const changes: Change[] = [];
    if (type.startsWith("uint")) changes.push(replace(field, "another event field", `(${text(field)}) ^ 1`));
    const next = fields[index + 1];
    if (next !== undefined && typeOf(next) === type) {
      changes.push({
        operator: "swap event fields",
        start: field.start,
        end: next.end,
        text: `${text(next)}, ${text(field)}`,
      });
    }
    return changes;
  });
}

function typeOf(node: AstNode): string {
  return (node["typeDescriptions"] as { typeString?: string } | undefined)?.typeString ?? "";
}

function extremeChange(node: AstNode, text: TextOf): Change[] {
  const called = node["expression"] as AstNode;
  const whole = text(called);
  const other = { "Math.min": "Math.max", "Math.max": "Math.min" }[whole];
  return other === undefined ? [] : [replace(called, `${whole} to ${other}`, other)];
}

function literalChange(node: AstNode, parent: AstNode | undefined): Change[] {
  const value = node["value"] as string;
  // Whether something is there at all: turned round elsewhere; nothing is ever there once.
  if (parent?.nodeType === "BinaryOperation" && /^[=!]=$/.test(parent["operator"] as string)) return [];
  if (node.nodeType === "YulLiteral") {
    return node["kind"] === "number"
      ? [replace(node, "a word more", `0x${(BigInt(value) + 32n).toString(16)}`)]
      : [];
  }
  if (node["kind"] === "number") return [replace(node, "one more", `(${value} + 1)`)];
  return node["kind"] === "string" ? [replace(node, "another text", `"${value}x"`)] : [];
}

/** A call and a write beside it change places: effects and interactions, settlements and what they settle. */
function orderChanges(node: AstNode, text: TextOf): Change[] {
  const statements = node["statements"] as AstNode[];
  return statements.flatMap((first, index) => {
    const second = statements[index + 1];
    if (second === undefined) return [];
    const kinds = [first, second].map((each) => (each["expression"] as AstNode | undefined)?.nodeType);
    if (first.nodeType !== "ExpressionStatement" || second.nodeType !== "ExpressionStatement") return [];
    if (!kinds.includes("FunctionCall") || !kinds.includes("Assignment")) return [];
    return [
      {
        operator: "swap statements",
        start: first.start,
        end: second.end,
        text: `${text(second)}; ${text(first)}`,
      },
    ];
  });
}
