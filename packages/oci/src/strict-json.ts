import { ApocError } from "@apoc/errors";
import { ociErrors } from "./errors.ts";

export interface StrictJsonOptions {
  /** Greatest size in bytes. */
  limit: number;
  /** Named in errors. */
  field: string;
}

/** Deeper documents are refused, so that whoever walks one may recurse. */
const maxDepth = 64;

/**
 * Decodes UTF-8 JSON. Refuses what lets two readers see two documents in the same bytes: duplicate keys, a byte
 * order mark, invalid UTF-8. So are numbers that no double can hold.
 * @throws DOCUMENT_TOO_LARGE, JSON_INVALID, JSON_DUPLICATE_KEY
 */
export function parseStrictJson(bytes: Uint8Array, options: StrictJsonOptions): unknown {
  const { field, limit } = options;
  if (bytes.length > limit) {
    throw new ApocError(ociErrors.DOCUMENT_TOO_LARGE, {
      field,
      expected: `at most ${limit} bytes`,
      actual: `${bytes.length} bytes`,
    });
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    checkStructure(text, field);
    return value;
  } catch (cause) {
    if (cause instanceof ApocError) throw cause;
    throw new ApocError(ociErrors.JSON_INVALID, { field, cause });
  }
}

/** Runs after JSON.parse accepted the text, so only the structure has to be followed here. */
function checkStructure(text: string, field: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{") open.push(new Set());
    else if (character === "[") open.push(undefined);
    else if (character === "}" || character === "]") open.pop();
    else if (character === "-" || (character !== undefined && character >= "0" && character <= "9")) {
      number.lastIndex = at;
      const [digits = ""] = number.exec(text) ?? [];
      // 1e999 would be Infinity, which no document can say.
      if (digits.length > 300 || /e/i.test(digits)) refuseInfinite(digits, field);
      at += Math.max(0, digits.length - 1);
    } else if (character === '"') {
      const start = at;
      for (at++; text[at] !== '"'; at++) if (text[at] === "\\") at++;
      const keys = open.at(-1);
      if (keys === undefined || !isKey(text, at)) continue;
      // Escapes can spell the same key in several ways.
      const key = JSON.parse(text.slice(start, at + 1)) as string;
      if (keys.has(key)) {
        throw new ApocError(ociErrors.JSON_DUPLICATE_KEY, { field, actual: key.slice(0, 100) });
      }
      keys.add(key);
    }
    if (open.length > maxDepth) {
      throw new ApocError(ociErrors.JSON_INVALID, { field, expected: `at most ${maxDepth} levels` });
    }
  }
}

const number = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

function refuseInfinite(digits: string, field: string): void {
  if (Number.isFinite(Number(digits))) return;
  throw new ApocError(ociErrors.JSON_INVALID, {
    field,
    expected: "a number of double precision",
    actual: digits.slice(0, 40),
  });
}

/** Whether the string that ends at this quote is followed by a colon. */
function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (" \t\n\r".includes(text[at] ?? ":")) at++;
  return text[at] === ":";
}
