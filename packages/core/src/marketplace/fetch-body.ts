import { ApocError } from "@apoc/errors";
import { paymentErrors } from "../errors.ts";
import { inlineBody, type ListingBody, listingBodyLimit, parseListingBody } from "./listing-body.ts";
import type { ListingKind, Revision } from "./market-state.ts";

export interface FetchBodyOptions {
  /** May servers that strangers name be asked? Without it only bodies within the event are read. */
  readonly remote?: boolean;
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
}

const timeoutMilliseconds = 10_000;

/**
 * Gets the body of a revision, from its `data:` URI or by https, and checks it against the hash on chain.
 * @throws LISTING_UNAVAILABLE, LISTING_BODY, LISTING_INVALID
 */
export async function fetchListingBody(
  { uri, body }: Revision,
  kind: ListingKind,
  options: FetchBodyOptions = {},
): Promise<ListingBody> {
  const inline = inlineBody(uri);
  if (inline !== undefined) return parseListingBody(inline, body, kind);
  const field = uri.slice(0, 200);
  if (options.remote !== true || !URL.canParse(uri) || new URL(uri).protocol !== "https:") {
    const expected = options.remote === true ? "a data: or https: URI" : "a data: URI";
    throw new ApocError(paymentErrors.LISTING_UNAVAILABLE, { field, expected });
  }
  let bytes: Uint8Array;
  try {
    const timeout = AbortSignal.timeout(timeoutMilliseconds);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
    const response = await (options.fetch ?? fetch)(uri, { signal, redirect: "error", credentials: "omit" });
    if (!response.ok) throw new Error(`status ${response.status}`);
    bytes = await readLimited(response);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : undefined;
    throw new ApocError(paymentErrors.LISTING_UNAVAILABLE, { field, detail, cause });
  }
  return parseListingBody(bytes, body, kind);
}

async function readLimited(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > listingBodyLimit) throw new Error(`more than ${listingBodyLimit} bytes`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
