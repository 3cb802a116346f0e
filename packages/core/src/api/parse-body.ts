import { decodeStrictJson } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import type { z } from "zod";
import { podErrors } from "../errors.ts";

/** Maximum number of bytes of a request body. */
export const maxRequestBytes = 2 * 1024 * 1024;

/**
 * Reads the bytes of a request body, strict JSON, by a schema. `assert` may refuse the value before it is read.
 * @throws MANIFEST_FIELD naming the field
 */
export function parseBody<T>(
  form: z.ZodType<T>,
  body: Uint8Array,
  assert: (value: unknown) => void = () => {},
): T {
  let value: unknown;
  try {
    value = decodeStrictJson(body, maxRequestBytes);
  } catch (cause) {
    throw new ApocError(podErrors.MANIFEST_FIELD, { field: "body", expected: "JSON", cause });
  }
  assert(value);
  const result = form.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new ApocError(podErrors.MANIFEST_FIELD, {
    field: issue.path.join(".") || "body",
    detail: issue.message,
  });
}
