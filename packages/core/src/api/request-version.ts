import { ApocError } from "@apoc/errors";
import { admissionErrors } from "../errors.ts";
import { requestVersion } from "./request.ts";

/**
 * Tells a request of another version from one that is malformed, before anything else of it is read. Version 1 named a
 * pod by its channel; its authorization had no version.
 * @throws REQUEST_VERSION
 */
export function assertRequestVersion(value: unknown, field: string): void {
  if (typeof value !== "object" || value === null) return;
  const { version, pod } = value as { version?: unknown; pod?: unknown };
  const actual = version ?? (pod === undefined ? undefined : 1);
  if (typeof actual !== "number" || actual === requestVersion) return;
  throw new ApocError(admissionErrors.REQUEST_VERSION, {
    field: `${field} version`,
    expected: String(requestVersion),
    actual: String(actual),
  });
}
