import { JsonError } from "./json-error.ts";

/** Most levels of objects and arrays. */
const maxDepth = 64;

/**
 * Checks what `JSON.parse` passes over: repeated members, depth, numbers out of range. The text is JSON already, so the
 * string before a colon is the name of a member of the innermost object.
 * @throws JsonError
 */
export function checkStructure(text: string): void {
  const open: Set<string>[] = [];
  let depth = 0;
  let last = "";
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x22) {
      const start = index;
      index = endOfString(text, start);
      last = text.slice(start, index + 1);
    } else if (code === 0x3a) addMember(open.at(-1), last);
    else if (code === 0x7b || code === 0x5b) {
      if (code === 0x7b) open.push(new Set());
      depth += 1;
      if (depth > maxDepth) throw new JsonError("depth", `at most ${maxDepth} levels`);
    } else if (code === 0x7d || code === 0x5d) {
      if (code === 0x7d) open.pop();
      depth -= 1;
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      const start = index;
      index = endOfNumber(text, start);
      checkNumber(text.slice(start, index + 1));
    }
  }
}

function addMember(members: Set<string> | undefined, quoted: string): void {
  // Escapes can spell the same name in several ways.
  const name = quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (members?.has(name) === true)
    throw new JsonError("repeated-member", "each member once", name.slice(0, 100));
  members?.add(name);
}

/** 1e999 would be Infinity, which JSON cannot say. */
function checkNumber(digits: string): void {
  if (!Number.isFinite(Number(digits)))
    throw new JsonError("number", "a number of double precision", digits.slice(0, 40));
}

/** Index of the quote that ends the string whose first quote is at `start`. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (text.charCodeAt(index) !== 0x22) index += text.charCodeAt(index) === 0x5c ? 2 : 1;
  return index;
}

/** Index of the last character of the number that starts at `start`. */
function endOfNumber(text: string, start: number): number {
  let index = start;
  while (/[-+.0-9eE]/.test(text[index + 1] ?? "")) index += 1;
  return index;
}
