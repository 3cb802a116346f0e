import { describeOffer, type TokenLabel } from "../license/describe-license.ts";
import type { License, Offer } from "../license/license.ts";
import type { Payee } from "../channel/accrual.ts";
import { shortAddress, shortDigest } from "./short-names.ts";

/** A licensed image of a pod, and the offer that is taken for it. */
export interface PricedImage {
  readonly image: {
    /** What people call it: repository and tag. */
    readonly label: string;
    /** `sha256:…` of the platform manifest. */
    readonly digest: string;
  };
  readonly license: Pick<License, "developer">;
  readonly offer: Offer;
  readonly payee: Payee;
  /** Names of the containers that run it. */
  readonly containers: readonly string[];
}

/** One licensed image in the marketplace notice, ready to show. */
export interface NoticeRow {
  readonly containers: string;
  /** Label and short digest. */
  readonly image: string;
  /** Short address. */
  readonly developer: string;
  /** The offer in words. */
  readonly terms: string;
}

/** What a publisher sees before paying for licensed images. */
export interface MarketplaceNotice {
  /** Sentences; `\n` is where a line of 90 characters ends. */
  readonly text: string;
  readonly rows: readonly NoticeRow[];
}

/** The marketplace notice of a pod; undefined where none of its images is licensed. */
export function marketplaceNotice(
  taken: readonly PricedImage[],
  token: TokenLabel,
): MarketplaceNotice | undefined {
  if (taken.length === 0) return undefined;
  return {
    text:
      "MARKETPLACE. This pod runs licensed, encrypted images. Part of what you pay goes to their\n" +
      "developers. Terms are bound to the image digest and enforced by the channel contract.",
    rows: taken.map(({ containers, image, license, offer }) => ({
      containers: containers.join(", "),
      image: `${image.label}@${shortDigest(image.digest)}`,
      developer: shortAddress(license.developer.slice(license.developer.lastIndexOf(":") + 1)),
      terms: describeOffer(offer, token),
    })),
  };
}
