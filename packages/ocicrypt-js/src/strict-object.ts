import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "./errors.ts";

/** Greatest size of a piece of encryption data in bytes; ocicrypt's own are below 300 for one recipient. */
const limit = 1024 * 1024;

/**
 * Decodes a JSON object that says how to decrypt. Go matches keys without regard to case and takes the last of two,
 * so two readers could see two ciphers in one text: duplicate keys are refused here, unknown ones by the caller.
 * @throws JSON_INVALID
 */
export function parseStrictObject(bytes: Uint8Array, field: string): Record<string, unknown> {
  let value: unknown;
  try {
    if (bytes.length > limit) throw new RangeError(`more than ${limit} bytes`);
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
    refuseDuplicateKeys(text);
  } catch (cause) {
    throw new ApocError(ocicryptErrors.JSON_INVALID, { field, cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ApocError(ocicryptErrors.JSON_INVALID, { field, expected: "an object" });
  }
  return value as Record<string, unknown>;
}

/** Follows the structure of a text that JSON.parse has accepted. */
function refuseDuplicateKeys(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{") open.push(new Set());
    else if (character === "[") open.push(undefined);
    else if (character === "}" || character === "]") open.pop();
    else if (character === '"') {
      const start = at;
      for (at++; text[at] !== '"'; at++) if (text[at] === "\\") at++;
      const keys = open.at(-1);
      if (keys === undefined || !isKey(text, at)) continue;
      const key = JSON.parse(text.slice(start, at + 1)) as string;
      if (keys.has(key)) throw new SyntaxError(`key ${JSON.stringify(key.slice(0, 100))} twice`);
      keys.add(key);
    }
  }
}

/** Whether the string that ends at this quote is followed by a colon. */
function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (" \t\n\r".includes(text[at] ?? ":")) at++;
  return text[at] === ":";
}

/** Names in an object that are not among the known ones. */
export function unknownKeys(object: Record<string, unknown>, known: readonly string[]): string[] {
  return Object.keys(object).filter((key) => !known.includes(key));
}
