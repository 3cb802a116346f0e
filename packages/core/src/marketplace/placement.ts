import { type Address, isAddressEqual } from "viem";
import { type Bid, bidCost } from "./bid.ts";
import type { ListingKind, Listing, MarketState } from "./market-state.ts";

/** A listing with what its bids in one token weigh. */
export interface Sponsored {
  readonly listing: Listing;
  /** Sum of the rates of the bids that count. */
  readonly rate: bigint;
}

/** What a visitor is shown: sponsored listings apart from the organic order, in which they stand as all others. */
export interface Catalogue {
  /** Highest weight first, then the lower number. To be labelled as sponsored wherever it is shown. */
  readonly sponsored: readonly Sponsored[];
  /** By number; money has no influence. */
  readonly listings: readonly Listing[];
}

const endOfTime = 0xffff_ffff;

/**
 * The Unix second from which a bid counts no more: its funds are used up, or its listing was retired. Equal to the
 * contract's `bidEnd`.
 */
export function bidEnd(bid: Bid, listing: Pick<Listing, "retiredAt">): bigint {
  const byFunds = BigInt(bid.since) + (((bid.funds + 1n) << 32n) - 1n) / bid.rate;
  const retiredAt = BigInt(listing.retiredAt);
  return retiredAt !== 0n && retiredAt < byFunds ? retiredAt : byFunds;
}

/** What the sponsor would get back at `now`: the contract's `bidBalance`. */
export function bidBalance(bid: Bid, listing: Pick<Listing, "retiredAt">, now: number): bigint {
  const end = bidEnd(bid, listing);
  const until = BigInt(Math.max(bid.since, Math.min(now, endOfTime)));
  return bid.funds - bidCost(bid, Number((end < until ? end : until) - BigInt(bid.since)));
}

/** Does the bid count at `now`? */
export function bidCounts(bid: Bid, listing: Pick<Listing, "retiredAt">, now: number): boolean {
  return BigInt(now) < bidEnd(bid, listing);
}

/**
 * The listings of a kind, as anybody can recompute them from the events: docs/spec/marketplace.md, "Order". Bids in other
 * tokens do not count.
 */
export function catalogue(
  state: MarketState,
  { kind, token, now }: { kind: ListingKind; token?: Address | undefined; now: number },
): Catalogue {
  const listings = [...state.listings.values()]
    .filter((listing) => listing.kind === kind && listing.retiredAt === 0)
    .toSorted((a, b) => compare(a.id, b.id));
  const weights = new Map<bigint, bigint>();
  for (const bid of state.bids.values()) {
    const listing = state.listings.get(bid.listing);
    if (listing === undefined || token === undefined || !isAddressEqual(bid.token, token)) continue;
    if (bidCounts(bid, listing, now)) weights.set(bid.listing, (weights.get(bid.listing) ?? 0n) + bid.rate);
  }
  const sponsored = listings
    .flatMap((listing) => {
      const rate = weights.get(listing.id);
      return rate === undefined ? [] : [{ listing, rate }];
    })
    .toSorted((a, b) => compare(b.rate, a.rate) || compare(a.listing.id, b.listing.id));
  return { sponsored, listings };
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
