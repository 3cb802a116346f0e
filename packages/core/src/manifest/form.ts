import { ApocError } from "@apoc/errors";
import type { ZodType, z } from "zod";
import { podErrors } from "../errors.ts";

/** Reads one document by a strict form; a member that the form does not know is MANIFEST_UNSUPPORTED. */
export function readForm<T>(form: ZodType<T>, document: unknown): T {
  const result = form.safeParse(document);
  if (result.success) return result.data;
  const issue = firstIssue(result.error.issues);
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    throw new ApocError(podErrors.MANIFEST_UNSUPPORTED, {
      field: path === "" ? issue.keys[0] : `${path}.${issue.keys[0]}`,
    });
  }
  throw new ApocError(podErrors.MANIFEST_FIELD, { field: path || "manifest", detail: issue.message });
}

function firstIssue(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  return issues.find((issue) => issue.code === "unrecognized_keys") ?? issues[0]!;
}
