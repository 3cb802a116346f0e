import { browseMarket, type MarketEntry, systemClock } from "@apoc/client";
import { formatAmount, type ListingBody, type ListingKind } from "@apoc/core";
import type { Context } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";

/** Shows the catalogue of one kind: the sponsored listings first, apart and labelled, then all in organic order. */
export async function listListings(ctx: Context, kind: ListingKind, remote: boolean): Promise<void> {
  const ports = { chain: await openChain(ctx), clock: systemClock, signal: ctx.signal };
  const { sponsored, listings, token } = await browseMarket(ports, { kind, remote });
  const row = ({ listing, body, problem }: MarketEntry, rate?: bigint) => ({
    listing: listing.id,
    kind,
    owner: listing.owner,
    revision: listing.revisions.length,
    /** Null in the organic order. */
    sponsoredPerDay:
      rate === undefined || token === undefined
        ? null
        : `${formatAmount((rate * 86_400n) >> 32n, token.decimals)} ${token.symbol}`,
    body: body ?? null,
    /** Code of why there is no body. */
    problem: problem?.code ?? null,
  });
  const rows = [...sponsored.map((entry) => row(entry, entry.rate)), ...listings.map((entry) => row(entry))];
  ctx.output.result(rows, ({ table }) =>
    table(rows, [
      { title: "NO", value: ({ listing }) => `${listing}`, align: "right" },
      { title: "NAME", value: ({ body, problem }) => body?.name ?? `(${problem})` },
      { title: "SUMMARY", value: ({ body }) => body?.summary ?? "" },
      { title: kind === "app" ? "IMAGES" : "URL", value: ({ body }) => describe(body) },
      { title: "OWNER", value: ({ owner }) => owner },
      {
        title: "PLACE",
        value: ({ sponsoredPerDay }) =>
          sponsoredPerDay === null ? "" : `SPONSORED ${sponsoredPerDay} a day`,
      },
    ]),
  );
}

function describe(body: ListingBody | null): string {
  if (body === null) return "";
  return body.kind === "provider" ? body.url : body.images.map(({ reference }) => reference).join(" ");
}
