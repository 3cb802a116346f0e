import type { Address } from "viem";
import type { AccountName, ChainName } from "../chain-id.ts";

/** Manifest annotation that holds the license: docs/spec/license.md. */
export const licenseAnnotation = "network.apocryph.license";

/** One way of paying; a publisher takes exactly one offer of a license. */
export interface Offer {
  readonly chain: ChainName;
  /** PaymentChannel through which this is paid. */
  readonly contract: Address;
  readonly token: Address;
  /** Base units, vest when the provider accepts the channel; not refundable afterwards. */
  readonly oneTime: bigint;
  /** Base units times 2^32 per second while the channel is funded. */
  readonly perSecond: bigint;
  /** Parts per million of the provider's execution cost, on top of it. */
  readonly executionShare: number;
  /** Upper bound of what vouchers may add, base units. */
  readonly meteredCap: bigint;
}

/** What a publisher may change about a container of the image. Everything else is refused. */
export interface ProtectionPolicy {
  /** May the publisher replace the image's Cmd? */
  readonly args: boolean;
  /** Names of environment variables the publisher may set. */
  readonly env: readonly string[];
  /** Absolute paths at which, or below which, the publisher may mount. */
  readonly mounts: readonly string[];
}

/** A developer's terms for one image: who is paid, how much, and what a publisher may change. */
export interface License {
  readonly version: 1;
  readonly developer: AccountName;
  readonly offers: readonly Offer[];
  readonly policy: ProtectionPolicy;
}
