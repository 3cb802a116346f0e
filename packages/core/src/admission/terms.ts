import { ApocError } from "@apoc/errors";
import { isAddressEqual, zeroAddress } from "viem";
import { chainName, parseAccountName } from "../chain-id.ts";
import type { Payee } from "../channel/accrual.ts";
import { assertTerms, digestToBytes32, payableOffers, payeeOfOffer } from "../channel/terms.ts";
import { admissionErrors } from "../errors.ts";
import { executionRate } from "../price/resource-price.ts";
import type { Admission } from "./admission.ts";
import { defineCheck, type FreshView } from "./check.ts";
import type { LicensedImage } from "./images.ts";

/**
 * Check 6: the channel is between this publisher and this provider, pays the provider's price, and names for each
 * licensed image a payee with the same developer, D, license and the whole of one of its offers, which the developer has
 * not revoked before the channel was accepted.
 */
export const terms = defineCheck({
  name: "terms",
  needs: ["freshness", "license"],
  async run(admission, { freshness: view, license: images }) {
    checkParties(admission);
    for (const image of images.values()) {
      if (image.license === undefined) continue;
      checkPayee(admission, image);
      await checkOffersEnd(admission, view, image);
    }
  },
});

function checkParties({ provider, channel, channelId, manifest }: Admission): void {
  const { header } = channel;
  const id = assertTerms(channel, provider.chainId, provider.contract);
  if (id !== channelId)
    throw new ApocError(admissionErrors.TERMS_CHANNEL, {
      field: "channelId",
      expected: id,
      actual: channelId,
    });
  if (!isAddressEqual(header.provider, provider.address)) {
    throw new ApocError(admissionErrors.TERMS_CHANNEL, {
      field: "header.provider",
      expected: provider.address,
      actual: header.provider,
    });
  }
  if (!provider.tokens.some((token) => isAddressEqual(token, header.token))) {
    throw new ApocError(admissionErrors.TERMS_CHANNEL, {
      field: "header.token",
      expected: provider.tokens.join(" or "),
      actual: header.token,
    });
  }
  if (header.meter !== zeroAddress) {
    throw new ApocError(admissionErrors.TERMS_CHANNEL, {
      field: "header.meter",
      expected: zeroAddress,
      actual: header.meter,
    });
  }
  const price = executionRate(manifest, provider.prices);
  if (header.maxExecRate < price) {
    throw new ApocError(admissionErrors.TERMS_PRICE, {
      field: "header.maxExecRate",
      expected: `at least ${price}`,
      actual: String(header.maxExecRate),
    });
  }
  if (header.grace < provider.policy.minGraceSeconds) {
    throw new ApocError(admissionErrors.TERMS_DELAY, {
      field: "header.grace",
      expected: `at least ${provider.policy.minGraceSeconds} s`,
      actual: `${header.grace} s`,
    });
  }
}

function checkPayee({ provider, channel }: Admission, image: LicensedImage): void {
  const license = image.license;
  const developer = parseAccountName(license.developer).address;
  const digest = digestToBytes32(image.digest);
  const named = channel.payees.filter(
    (payee) => payee.imageDigest === digest && isAddressEqual(payee.to, developer),
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

/** A revocation ends what can be taken, not what was: a channel keeps the terms it was accepted with. */
async function checkOffersEnd(
  { ports, channelId, now }: Admission,
  { confirmed }: FreshView,
  image: LicensedImage,
): Promise<void> {
  const developer = parseAccountName(image.license.developer).address;
  const end = await ports.chain.offersEnd(developer, digestToBytes32(image.digest), confirmed.number);
  if (now < end) return;
  const { acceptedAt } = await ports.chain.channel(channelId, confirmed.number);
  if (acceptedAt !== 0 && acceptedAt < end) return;
  throw new ApocError(admissionErrors.TERMS_REVOKED, {
    field: image.reference,
    expected: `a channel accepted before ${new Date(end * 1000).toISOString()}`,
    actual:
      acceptedAt === 0 ? "not accepted yet" : `accepted at ${new Date(acceptedAt * 1000).toISOString()}`,
  });
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
