import { ApocError } from "@apoc/errors";
import { isAddressEqual } from "viem";
import { chainName, parseAccountName } from "../chain-id.ts";
import type { Payee } from "../channel/accrual.ts";
import { payableOffers, payeeOfOffer } from "../channel/terms.ts";
import { admissionErrors } from "../errors.ts";
import type { Admission, ProviderRules } from "./admission.ts";
import type { LicensedImage } from "./images.ts";
import { differenceFrom, imageOfPayee } from "./same-digest.ts";

/**
 * The rule that one channel pays several developers: for each licensed image of a pod, whoever made it, the channel names
 * a payee that is the image's developer, for that very D and license, with the whole of one of its offers.
 * @throws TERMS_MISSING, TERMS_DIFFER
 */
export function assertDeveloperPaid(
  {
    provider,
    channel,
  }: Pick<Admission, "channel"> & { readonly provider: Pick<ProviderRules, "chainId" | "contract"> },
  image: LicensedImage,
): void {
  const { license } = image;
  const developer = parseAccountName(license.developer).address;
  const named = channel.payees.filter(
    (payee) =>
      isAddressEqual(payee.to, developer) && differenceFrom(image, imageOfPayee(payee))?.what !== "image",
  );
  if (named.length === 0) {
    throw new ApocError(admissionErrors.TERMS_MISSING, {
      field: image.reference,
      expected: `a payee ${developer} for ${image.digest}`,
    });
  }
  const offers = payableOffers(
    license,
    chainName(provider.chainId),
    provider.contract,
    channel.header.token,
  ).map((offer) => payeeOfOffer(image.digest, license, offer));
  if (!named.some((payee) => offers.some((offer) => equal(payee, offer)))) {
    throw new ApocError(admissionErrors.TERMS_DIFFER, {
      field: image.reference,
      expected: offers.map(describe).join(" or ") || "an offer for this chain, contract and token",
      actual: named.map(describe).join(" and "),
    });
  }
}

function equal(a: Payee, b: Payee): boolean {
  return (
    isAddressEqual(a.to, b.to) &&
    a.imageDigest === b.imageDigest &&
    a.licenseHash === b.licenseHash &&
    a.oneTime === b.oneTime &&
    a.rate === b.rate &&
    a.share === b.share &&
    a.meteredCap === b.meteredCap
  );
}

function describe({ licenseHash, oneTime, rate, share, meteredCap }: Payee): string {
  return `{license ${licenseHash.slice(0, 10)}, once ${oneTime}, rate ${rate}, share ${share}, metered ${meteredCap}}`;
}
