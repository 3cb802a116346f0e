/** Text that is no JSON, or JSON that names a member twice. Internal: parsers map it to their code. */
export class JsonError extends Error {}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/gs;

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
  // The grammar holds, so that a text before a colon is the name of a member of the innermost object.
  const open: Set<string>[] = [];
  let last = "";
  for (const [found] of text.matchAll(token)) {
    if (found === "{" || found === "[") open.push(new Set());
    else if (found === "}" || found === "]") open.pop();
    else if (found === ":") {
      const name = JSON.parse(last) as string;
      if (open.at(-1)?.has(name)) throw new JsonError(`the member ${name} occurs twice`);
      open.at(-1)?.add(name);
    }
    last = found;
  }
  return value;
}
