import { decodeStrictJson, JsonError, type JsonProblem } from "@apoc/encoding";
import { ApocError, type ErrorDescriptor } from "@apoc/errors";
import { ociErrors } from "./errors.ts";

export interface StrictJsonOptions {
  /** Greatest size in bytes. */
  limit: number;
  /** Named in errors. */
  field: string;
}

const codes: Readonly<Partial<Record<JsonProblem, ErrorDescriptor>>> = {
  size: ociErrors.DOCUMENT_TOO_LARGE,
  "repeated-member": ociErrors.JSON_DUPLICATE_KEY,
};

/**
 * Decodes UTF-8 JSON. Refuses what lets two readers see two documents in the same bytes: duplicate keys, a byte order
 * mark, invalid UTF-8. So are numbers that no double can hold, and more than 64 levels.
 * @throws DOCUMENT_TOO_LARGE, JSON_INVALID, JSON_DUPLICATE_KEY
 */
export function parseStrictJson(bytes: Uint8Array, { field, limit }: StrictJsonOptions): unknown {
  try {
    return decodeStrictJson(bytes, limit);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const { problem, expected, actual } = cause;
    throw new ApocError(codes[problem] ?? ociErrors.JSON_INVALID, { field, expected, actual, cause });
  }
}
