/** Text that is no JSON, or JSON that names a member twice. Internal: parsers map it to their code. */
export class JsonError extends Error {}

/**
 * Parses JSON (RFC 8259) and refuses objects that name a member twice: parsers disagree about which of the two counts,
 * and a signature covers both. Throws {@link JsonError}.
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JsonError("not JSON");
  }
  refuseRepeatedMembers(text);
  return value;
}

/** For text that is JSON: there, a text before a colon is the name of a member of the innermost object. */
function refuseRepeatedMembers(text: string): void {
  const open: Set<string>[] = [];
  let last = "";
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case 0x22: {
        const start = index;
        index = endOfString(text, start);
        last = text.slice(start, index + 1);
        break;
      }
      case 0x7b: // {
        open.push(new Set());
        break;
      case 0x7d: // }
        open.pop();
        break;
      case 0x3a: {
        // The same name can be written in several ways.
        const name = last.includes("\\") ? (JSON.parse(last) as string) : last.slice(1, -1);
        const members = open.at(-1);
        if (members?.has(name) === true) throw new JsonError(`the member ${name} occurs twice`);
        members?.add(name);
        break;
      }
    }
  }
}

/** Index of the quote that ends the string whose first quote is at `start`. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (text.charCodeAt(index) !== 0x22) index += text.charCodeAt(index) === 0x5c ? 2 : 1;
  return index;
}
