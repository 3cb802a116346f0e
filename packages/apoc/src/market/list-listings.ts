import { readNetworkMarket, readToken } from "@apoc/client";
import {
  catalogue,
  fetchListingBody,
  formatAmount,
  type Listing,
  type ListingBody,
  type ListingKind,
} from "@apoc/core";
import { isApocError } from "@apoc/errors";
import type { Context } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";

interface Row {
  readonly listing: bigint;
  readonly kind: ListingKind;
  readonly owner: string;
  readonly revision: number;
  /** Tokens a day paid for the place; null in the organic order. */
  readonly sponsoredPerDay: string | null;
  readonly body: ListingBody | null;
  /** Code of what is wrong with the body. */
  readonly problem: string | null;
}

/** Most bodies that are asked for at a time. */
const batch = 8;

/** Shows the catalogue of one kind: the sponsored listings first, apart and labelled, then all in organic order. */
export async function listListings(ctx: Context, kind: ListingKind, remote: boolean): Promise<void> {
  const chain = await openChain(ctx);
  const state = await readNetworkMarket(chain);
  const { token } = chain.network;
  const { sponsored, listings } = catalogue(state, { kind, token, now: Math.floor(Date.now() / 1000) });
  const label = token === undefined ? undefined : await readToken(chain, token);
  const bodies = new Map<bigint, Pick<Row, "body" | "problem">>();
  for (let at = 0; at < listings.length; at += batch) {
    await Promise.all(
      listings.slice(at, at + batch).map(async (listing) => {
        bodies.set(listing.id, await bodyOf(listing, remote, ctx.signal));
      }),
    );
  }
  const row = (listing: Listing, rate?: bigint): Row => ({
    listing: listing.id,
    kind,
    owner: listing.owner,
    revision: listing.revisions.length,
    sponsoredPerDay:
      rate === undefined || label === undefined
        ? null
        : `${formatAmount((rate * 86_400n) >> 32n, label.decimals)} ${label.symbol}`,
    ...bodies.get(listing.id)!,
  });
  const rows = [
    ...sponsored.map(({ listing, rate }) => row(listing, rate)),
    ...listings.map((one) => row(one)),
  ];
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

/** A listing whose body is wrong or cannot be had is still a listing. */
async function bodyOf(
  { revisions, kind }: Listing,
  remote: boolean,
  signal: AbortSignal,
): Promise<Pick<Row, "body" | "problem">> {
  const newest = revisions.at(-1)!;
  try {
    return { body: await fetchListingBody(newest, kind, { remote, signal }), problem: null };
  } catch (error) {
    if (isApocError(error)) return { body: null, problem: error.code };
    throw error;
  }
}

function describe(body: ListingBody | null): string {
  if (body === null) return "";
  return body.kind === "provider" ? body.url : body.images.map(({ reference }) => reference).join(" ");
}
