import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { isTag } from "../reference.ts";
import { parseStrictJson } from "../json-document.ts";
import type { CallOptions } from "../target.ts";
import { readLimited } from "./body.ts";
import { readPages } from "./pages.ts";
import { responseError } from "./response-error.ts";
import type { Transport } from "./transport.ts";

/** Most tags of a repository, and most bytes of one page. */
const maxTags = 100_000;
const pageLimit = 16 * 1024 * 1024;

/**
 * Lists the tags of a repository (distribution-spec, "Listing Tags").
 * @throws REGISTRY_PROTOCOL, DOCUMENT_TOO_LARGE, and what a request throws
 */
export async function listTags(transport: Transport, field: string, options: CallOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const response of readPages(transport, "tags/list", options)) {
    if (response.status !== 200) throw await responseError(response, field, transport.registry);
    found.push(...parseTagList(await readLimited(response, pageLimit, { field, ...options }), field));
    if (found.length > maxTags) throw refused(field, `at most ${maxTags} tags`);
  }
  return found;
}

/** Decodes one page. A repository without tags may say `null`. */
export function parseTagList(bytes: Uint8Array, field: string): string[] {
  const document = parseStrictJson(bytes, { field, limit: pageLimit });
  if (typeof document !== "object" || document === null || Array.isArray(document))
    throw refused(field, "an object");
  const tags: unknown = (document as { tags?: unknown }).tags ?? [];
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === "string" && isTag(tag))) {
    throw refused(field, "a list of tags");
  }
  return tags as string[];
}

function refused(field: string, expected: string): ApocError {
  return new ApocError(ociErrors.REGISTRY_PROTOCOL, { field, expected });
}
