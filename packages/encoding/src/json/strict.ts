import { JsonError } from "./json-error.ts";
import { checkStructure } from "./structure.ts";

/**
 * Parses JSON (RFC 8259) and refuses text in which two readers could see two documents: members that occur twice in an
 * object, numbers that no double holds. So is nesting over 64 levels, so that callers may recurse.
 * @throws JsonError
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new JsonError("syntax", "JSON", undefined, { cause });
  }
  checkStructure(text);
  return value;
}

/**
 * {@link parseStrictJson} of UTF-8. Refuses also invalid sequences and a byte order mark.
 * @param limit greatest size in bytes
 * @throws JsonError
 */
export function decodeStrictJson(bytes: Uint8Array, limit: number): unknown {
  if (bytes.length > limit) throw new JsonError("size", `at most ${limit} bytes`, `${bytes.length} bytes`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new JsonError("syntax", "UTF-8", undefined, { cause });
  }
  return parseStrictJson(text);
}
