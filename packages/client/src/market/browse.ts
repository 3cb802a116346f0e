import { catalogue, fetchListingBody, type Listing, type ListingBody, type ListingKind } from "@apoc/core";
import { type ApocError, isApocError } from "@apoc/errors";
import pMap from "p-map";
import { readNetworkMarket } from "../chain/read-market.ts";
import { readToken, type Token } from "../chain/token.ts";
import type { ClientPorts } from "../ports.ts";

/** A listing with its newest body. One whose body is unavailable or not valid is still a listing. */
export interface MarketEntry {
  readonly listing: Listing;
  readonly body: ListingBody | undefined;
  /** Why there is no body. */
  readonly problem: ApocError | undefined;
}

/** A listing in a place that is paid for; to be labelled as sponsored wherever it is shown. */
export interface SponsoredEntry extends MarketEntry {
  /** Sum of the rates of the bids that count: base units times 2^32 a second. */
  readonly rate: bigint;
}

/** What a visitor of the marketplace is shown. */
export interface MarketView {
  /** Highest rate first. They stand among `listings` too. */
  readonly sponsored: readonly SponsoredEntry[];
  /** By number; money has no influence. */
  readonly listings: readonly MarketEntry[];
  /** Token of the network, in which bids count. */
  readonly token: Token | undefined;
}

/** Most bodies that are asked for at a time. */
const concurrency = 8;

/**
 * Reads the catalogue of one kind: docs/spec/marketplace.md, "Order". With `remote`, servers that listings name are asked
 * for bodies and see the visitor's address. Throws CONTRACT_UNCONFIGURED, CHAIN_UNREACHABLE, TOKEN_INVALID.
 */
export async function browseMarket(
  { chain, clock, signal }: Pick<ClientPorts, "chain" | "clock" | "signal">,
  { kind, remote = false }: { readonly kind: ListingKind; readonly remote?: boolean },
): Promise<MarketView> {
  const state = await readNetworkMarket(chain);
  const { token } = chain.network;
  const now = Math.floor(clock.now().getTime() / 1000);
  const { sponsored, listings } = catalogue(state, { kind, token, now });
  const entries = await pMap(listings, (listing) => withBody(listing, remote, signal), { concurrency });
  const byId = new Map(entries.map((entry) => [entry.listing.id, entry]));
  return {
    sponsored: sponsored.map(({ listing, rate }) => ({ ...byId.get(listing.id)!, rate })),
    listings: entries,
    token: token === undefined ? undefined : await readToken(chain, token),
  };
}

async function withBody(listing: Listing, remote: boolean, signal: AbortSignal): Promise<MarketEntry> {
  const newest = listing.revisions.at(-1)!;
  try {
    const body = await fetchListingBody(newest, listing.kind, { remote, signal });
    return { listing, body, problem: undefined };
  } catch (problem) {
    if (isApocError(problem)) return { listing, body: undefined, problem };
    throw problem;
  }
}
