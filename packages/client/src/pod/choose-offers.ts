import {
  type License,
  type Offer,
  type Payee,
  payableOffers,
  payeeOfOffer,
  type PodManifest,
  podErrors,
  rateOver,
  shareCost,
} from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { getAddress } from "viem";
import { clientErrors } from "../errors.ts";
import type { PinnedImage, PinnedPod } from "./pinned-pod.ts";

/** An offer that is taken although another may be cheaper. */
export interface WantedOffer {
  /** Container, or image as the manifest names it. */
  readonly name: string;
  /** Index of the offer in the license. */
  readonly index: number;
}

/** The offer that is taken for a licensed image, and the payee that follows from it. */
export interface TakenOffer {
  readonly image: PinnedImage;
  readonly license: License;
  readonly offer: Offer;
  readonly payee: Payee;
  /** Containers that run the image. */
  readonly containers: readonly string[];
}

/** What offers are chosen by. */
export interface OfferChoice {
  readonly chain: string;
  readonly contract: `0x${string}`;
  readonly token: `0x${string}`;
  readonly wanted: readonly WantedOffer[];
  /** The provider's execution rate of the pod, and the time that is paid for, in seconds: what offers are compared by. */
  readonly rate: bigint;
  readonly seconds: bigint;
}

/**
 * Takes one offer for each licensed image: the wanted one, else the cheapest that can be paid here. One payee for each
 * distinct image, in the order of the manifest. Throws OFFER_UNKNOWN, NO_OFFER.
 */
export function chooseOffers({ manifest, images }: PinnedPod, choice: OfferChoice): TakenOffer[] {
  const wanted = new Map(choice.wanted.map((one) => findWanted(one, manifest, images)));
  const taken: TakenOffer[] = [];
  for (const image of images.values()) {
    const { license } = image;
    if (license === undefined) continue;
    const payable = payableOffers(
      license,
      choice.chain,
      getAddress(choice.contract),
      getAddress(choice.token),
    );
    const index = wanted.get(image.reference);
    const offer = index === undefined ? cheapest(payable, choice) : license.offers[index];
    if (offer === undefined || !payable.includes(offer)) {
      throw new ApocError(podErrors.NO_OFFER, {
        field: image.named,
        expected: `an offer on ${choice.chain} through ${choice.contract} in ${choice.token}`,
        actual:
          license.offers.map((o, i) => `${i}: ${o.chain} ${o.contract} ${o.token}`).join("; ") || "none",
      });
    }
    const containers = manifest.containers.filter((c) => c.image === image.reference).map(({ name }) => name);
    taken.push({ image, license, offer, payee: payeeOfOffer(image.digest, license, offer), containers });
  }
  return taken;
}

/** What an offer costs over the time, base units. */
export function offerCost(offer: Offer, { rate, seconds }: Pick<OfferChoice, "rate" | "seconds">): bigint {
  return (
    offer.oneTime +
    rateOver(offer.perSecond, seconds) +
    shareCost(rateOver(rate, seconds), offer.executionShare) +
    offer.meteredCap
  );
}

function cheapest(offers: readonly Offer[], choice: OfferChoice): Offer | undefined {
  return [...offers].sort((a, b) => {
    const difference = offerCost(a, choice) - offerCost(b, choice);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  })[0];
}

function findWanted(
  { name, index }: WantedOffer,
  manifest: PodManifest,
  images: PinnedPod["images"],
): readonly [reference: string, index: number] {
  const container = manifest.containers.find((c) => c.name === name);
  const image = [...images.values()].find(
    ({ named, reference }) => reference === container?.image || named === name || reference === name,
  );
  if (image?.license?.offers[index] !== undefined) return [image.reference, index];
  throw new ApocError(clientErrors.OFFER_UNKNOWN, {
    field: "offers",
    expected:
      image?.license === undefined
        ? "a container of a licensed image"
        : `an index below ${image.license.offers.length}`,
    actual: `${name}=${index}`,
  });
}
