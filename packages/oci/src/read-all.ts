import { ApocError } from "@apoc/errors";
import { ociErrors } from "./errors.ts";
import { manifestLimit } from "./parse.ts";
import type { Descriptor } from "./spec.ts";
import type { Fetcher } from "./target.ts";
import { verifyContent } from "./verify.ts";

export interface ReadAllOptions {
  /** Greatest size in bytes that is read into memory; 4 MiB by default. */
  limit?: number;
  signal?: AbortSignal;
}

/**
 * Reads small content into memory, checked against its descriptor whatever the source did.
 * @throws DOCUMENT_TOO_LARGE before anything is fetched, SIZE_MISMATCH, DIGEST_MISMATCH, and what the source throws
 */
export async function readAll(
  source: Fetcher,
  descriptor: Descriptor,
  options: ReadAllOptions = {},
): Promise<Uint8Array> {
  const limit = options.limit ?? manifestLimit;
  if (descriptor.size > limit) {
    throw new ApocError(ociErrors.DOCUMENT_TOO_LARGE, {
      field: descriptor.digest,
      expected: `at most ${limit} bytes`,
      actual: `${descriptor.size} bytes`,
    });
  }
  const bytes = new Uint8Array(descriptor.size);
  let at = 0;
  const content = source.fetch(descriptor, options.signal === undefined ? {} : { signal: options.signal });
  for await (const chunk of verifyContent(descriptor, content, { signal: options.signal })) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
