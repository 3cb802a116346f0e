import { ApocError } from "@apoc/errors";
import type { Address, Hex } from "viem";
import { parseAccountName } from "../chain-id.ts";
import { paymentErrors } from "../errors.ts";
import { licenseHash } from "../license/license-hash.ts";
import type { License, Offer } from "../license/license.ts";
import type { Digest } from "@apoc/oci";
import type { ChannelHeader, Payee } from "./accrual.ts";
import { channelId, payeesRoot, sums } from "./payees-root.ts";
import type { ChannelTerms } from "./wire.ts";

/** `sha256:<hex>` as the 32 bytes that a channel holds. */
export function digestToBytes32(digest: Digest): Hex {
  return `0x${digest.slice(digest.indexOf(":") + 1)}`;
}

/** The payee that an offer demands. */
export function payeeOfOffer(image: Digest, license: License, offer: Offer): Payee {
  return {
    to: parseAccountName(license.developer).address,
    imageDigest: digestToBytes32(image),
    licenseHash: licenseHash(license),
    oneTime: offer.oneTime,
    rate: offer.perSecond,
    share: offer.executionShare,
    meteredCap: offer.meteredCap,
  };
}

/** Offers of a license that can be paid through this contract in this token. */
export function payableOffers(
  license: License,
  chain: string,
  contract: Address,
  token: Address,
): readonly Offer[] {
  return license.offers.filter((o) => o.chain === chain && o.contract === contract && o.token === token);
}

/** Fills in what follows from the payees. */
export function completeHeader(
  header: Omit<ChannelHeader, "sumOneTime" | "sumRate" | "sumShare" | "payeesRoot">,
  payees: readonly Payee[],
): ChannelHeader {
  return { ...header, ...sums(payees), payeesRoot: payeesRoot(payees) };
}

/** Checks that sums and root of the header are those of the payees; gives the channel id. @throws CHANNEL_INVALID */
export function assertTerms({ header, payees }: ChannelTerms, chainId: number, contract: Address): Hex {
  const expected = completeHeader(header, payees);
  for (const field of ["sumOneTime", "sumRate", "sumShare", "payeesRoot"] as const) {
    if (header[field] !== expected[field]) {
      throw new ApocError(paymentErrors.CHANNEL_INVALID, {
        field: `header.${field}`,
        expected: String(expected[field]),
        actual: String(header[field]),
      });
    }
  }
  return channelId(chainId, contract, header);
}
