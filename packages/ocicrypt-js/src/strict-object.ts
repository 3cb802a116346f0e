import { decodeStrictJson } from "@apoc/encoding";
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
    value = decodeStrictJson(bytes, limit);
  } catch (cause) {
    throw new ApocError(ocicryptErrors.JSON_INVALID, { field, cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ApocError(ocicryptErrors.JSON_INVALID, { field, expected: "an object" });
  }
  return value as Record<string, unknown>;
}

/** Names in an object that are not among the known ones. */
export function unknownKeys(object: Record<string, unknown>, known: readonly string[]): string[] {
  return Object.keys(object).filter((key) => !known.includes(key));
}
