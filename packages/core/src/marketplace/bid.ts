import type { Address } from "viem";
import { rateCost } from "../channel/accrual.ts";

/** A sponsor's bid for a listing: `IPlacements.Bid` and whose it is. Rate in base units times 2^32 a second. */
export interface Bid {
  readonly listing: bigint;
  readonly token: Address;
  readonly sponsor: Address;
  readonly rate: bigint;
  /** At `since`, plus deposits later. */
  readonly funds: bigint;
  /** Unix seconds from which `rate` counts. */
  readonly since: number;
  /** Seconds since `since` whose cost has become revenue. */
  readonly collected: number;
}

/** Base units that a bid costs in its first `seconds`. */
export function bidCost(bid: Pick<Bid, "rate">, seconds: number): bigint {
  return rateCost(bid.rate, seconds);
}
