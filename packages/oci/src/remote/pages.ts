import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { CallOptions } from "../target.ts";
import { parseNextLink } from "./response-headers.ts";
import type { Transport } from "./transport.ts";

/** Pages of a list that are read. */
const maxPages = 100;

/**
 * Returns the pages of a list that `Link` headers connect (distribution-spec, "Listing Tags", "Listing Referrers").
 * @throws REGISTRY_PROTOCOL for a list that turns back on itself, leaves the registry, or has more than 100 pages
 */
export async function* readPages(
  transport: Transport,
  first: string,
  { signal }: CallOptions,
): AsyncGenerator<Response, void, undefined> {
  const seen = new Set<string>();
  for (let next: string | URL = first; ; ) {
    const response: Response = await transport.send({ method: "GET", target: next, action: "pull", signal });
    yield response;
    const link = response.ok ? parseNextLink(response.headers.get("link") ?? "") : undefined;
    if (link === undefined) return;
    const url = URL.parse(link, response.url || transport.origin);
    if (url?.origin !== transport.origin || seen.has(url.href) || seen.size >= maxPages) {
      throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
        field: `${transport.registry}: Link`,
        expected: `at most ${maxPages} pages of this registry, each once`,
        actual: link.slice(0, 200),
      });
    }
    seen.add(url.href);
    next = url;
  }
}
