import { type Address, getAddress, type Hex, type ParseEventLogsReturnType, zeroAddress } from "viem";
import type { marketplaceAbi } from "../channel/abi.gen.ts";
import { type Bid, bidCost } from "./bid.ts";

/** A decoded event of the Marketplace contract. */
export type MarketEvent = ParseEventLogsReturnType<typeof marketplaceAbi, undefined, true>[number];

export const listingKinds = ["provider", "app"] as const;
export type ListingKind = (typeof listingKinds)[number];

/** One body of a listing. Whether the document at `uri` has this hash is for the reader to check: `fetchBody`. */
export interface Revision {
  /** From 1. */
  readonly revision: number;
  /** sha256 of the body. */
  readonly body: Hex;
  readonly uri: string;
}

export interface Listing {
  readonly id: bigint;
  readonly owner: Address;
  readonly kind: ListingKind;
  /** Oldest first, never empty. */
  readonly revisions: readonly Revision[];
  /** Unix seconds; 0: in the catalogue. */
  readonly retiredAt: number;
  readonly pendingOwner: Address;
}

/** Who says that it verified evidence of a provider key. */
export interface Attestation {
  readonly attester: Address;
  readonly providerKeyId: Hex;
  readonly policyDigest: Hex;
  /** Unix seconds. */
  readonly until: bigint;
  /** sha256 of the signed record. */
  readonly record: Hex;
  readonly uri: string;
}

/** Everything that the events of a Marketplace tell. */
export interface MarketState {
  readonly listings: ReadonlyMap<bigint, Listing>;
  /** By `attester providerKeyId policyDigest`; expired ones included, revoked ones not. */
  readonly attestations: ReadonlyMap<string, Attestation>;
  /** By `developer scope`: the contract's `revokeGrants`. */
  readonly grantFloors: ReadonlyMap<string, bigint>;
  /** By `developer scope`: the contract's `revokeOffers`. */
  readonly offerEnds: ReadonlyMap<string, bigint>;
  /** By `token listing sponsor`. */
  readonly bids: ReadonlyMap<string, Bid>;
  /** By token: collected and not withdrawn. */
  readonly revenue: ReadonlyMap<Address, bigint>;
}

/**
 * Replays the events of one Marketplace, in the order of the chain and from its first one on (docs/spec/marketplace.md).
 * Nothing else is needed to know every listing, statement and balance.
 */
export function replayMarket(events: readonly MarketEvent[]): MarketState {
  const listings = new Map<bigint, Listing>();
  const attestations = new Map<string, Attestation>();
  const grantFloors = new Map<string, bigint>();
  const offerEnds = new Map<string, bigint>();
  const bids = new Map<string, Bid>();
  const revenue = new Map<Address, bigint>();
  const change = (id: bigint, changes: (before: Listing) => Partial<Listing>) => {
    const before = listings.get(id)!;
    listings.set(id, { ...before, ...changes(before) });
  };
  const earn = (token: Address, amount: bigint) => revenue.set(token, (revenue.get(token) ?? 0n) + amount);
  for (const { eventName, args } of events) {
    switch (eventName) {
      case "GrantsRevoked":
        grantFloors.set(`${args.developer} ${args.scope}`, args.notAfterFloor);
        break;
      case "OffersRevoked":
        offerEnds.set(`${args.developer} ${args.scope}`, args.end);
        break;
      case "Attested":
        attestations.set(attestationKey(args), { ...args });
        break;
      case "AttestationRevoked":
        attestations.delete(attestationKey(args));
        break;
      case "ListingRegistered":
        listings.set(args.listing, {
          id: args.listing,
          owner: args.owner,
          kind: listingKinds[args.kind]!,
          revisions: [],
          retiredAt: 0,
          pendingOwner: zeroAddress,
        });
        break;
      case "ListingRevised": {
        const { revision, body, uri } = args;
        change(args.listing, ({ revisions }) => ({ revisions: [...revisions, { revision, body, uri }] }));
        break;
      }
      case "ListingRetired":
        change(args.listing, () => ({ retiredAt: args.retiredAt }));
        break;
      case "ListingTransferStarted":
        change(args.listing, () => ({ pendingOwner: args.pendingOwner }));
        break;
      case "ListingTransferred":
        change(args.listing, () => ({ owner: args.to, pendingOwner: zeroAddress }));
        break;
      case "BidPlaced": {
        const { listing, token, sponsor, rate, funds, since } = args;
        const before = bids.get(bidKey(args));
        // A bid that starts again has nothing collected.
        const collected = before !== undefined && before.since === since ? before.collected : 0;
        bids.set(bidKey(args), { listing, token, sponsor, rate, funds, since, collected });
        break;
      }
      case "BidCollected":
        bids.set(bidKey(args), { ...bids.get(bidKey(args))!, collected: args.collected });
        earn(args.token, args.amount);
        break;
      case "BidCancelled":
        bids.delete(bidKey(args));
        break;
      case "RevenueWithdrawn":
        earn(args.token, -args.amount);
        break;
      default:
        throw new Error("unknown event", { cause: eventName satisfies never });
    }
  }
  return { listings, attestations, grantFloors, offerEnds, bids, revenue };
}

/** Base units of a token that the contract has to hold: uncollected funds of all bids, and revenue. */
export function marketHoldings(state: MarketState, token: Address): bigint {
  let sum = state.revenue.get(getAddress(token)) ?? 0n;
  for (const bid of state.bids.values()) {
    if (bid.token === getAddress(token)) sum += bid.funds - bidCost(bid, bid.collected);
  }
  return sum;
}

function attestationKey(of: Pick<Attestation, "attester" | "providerKeyId" | "policyDigest">): string {
  return `${of.attester} ${of.providerKeyId} ${of.policyDigest}`;
}

function bidKey(of: Pick<Bid, "token" | "listing" | "sponsor">): string {
  return `${of.token} ${of.listing} ${of.sponsor}`;
}
