import { ApocError } from "@apoc/errors";
import { isAddressEqual, zeroAddress } from "viem";
import { parseAccountName } from "../chain-id.ts";
import { assertTerms, digestToBytes32 } from "../channel/terms.ts";
import { admissionErrors } from "../errors.ts";
import { executionRate } from "../price/resource-price.ts";
import type { Admission } from "./admission.ts";
import { defineCheck, type FreshView } from "./check.ts";
import type { LicensedImage } from "./images.ts";
import { assertDeveloperPaid } from "./several-developers.ts";

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
      assertDeveloperPaid(admission, image);
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
