import { ApocError, type ErrorDescriptor } from "@apoc/errors";

/**
 * Refuses a document that states another version, before anything else of it is looked at: its members mean something
 * else. A document without a number there is left to its schema.
 */
export function requireVersion(value: unknown, version: number, error: ErrorDescriptor): void {
  if (typeof value !== "object" || value === null || !("version" in value)) return;
  if (typeof value.version !== "number" || value.version === version) return;
  throw new ApocError(error, { field: "version", expected: `${version}`, actual: `${value.version}` });
}
