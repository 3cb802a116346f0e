import { encodeListingBody, type ListingBody, listingKinds, marketplaceAbi, paymentErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { isAddressEqual, parseEventLogs, zeroAddress } from "viem";
import type { Signer } from "../ports.ts";
import { chainError } from "./chain-error.ts";
import type { OpenChain } from "./connect-chain.ts";
import { sendCall } from "./send-call.ts";

/** A revision of a listing that is on the chain now. */
export interface RegisteredListing {
  readonly listing: bigint;
  readonly revision: number;
  /** sha256 of the body. */
  readonly body: `0x${string}`;
  readonly transaction: `0x${string}`;
}

/**
 * Puts a body into the catalogue: as a new listing, or as the next revision of the signer's own `listing`.
 * Throws LISTING_INVALID, LISTING_UNKNOWN where that is not the signer's or of another kind, and as `sendCall`.
 */
export async function registerListing(
  chain: OpenChain,
  signer: Signer,
  body: ListingBody,
  listing?: bigint,
): Promise<RegisteredListing> {
  const { hash, uri } = encodeListingBody(body);
  const market = { address: chain.address("marketplace"), abi: marketplaceAbi } as const;
  const kind = listingKinds.indexOf(body.kind);
  if (listing !== undefined) {
    const known = await chain.client
      .readContract({ ...market, functionName: "listing", args: [listing] })
      .catch((error: unknown) => {
        throw chainError(error, `listing ${listing}`);
      });
    if (!isAddressEqual(known.owner, signer.address) || known.kind !== kind) {
      throw new ApocError(paymentErrors.LISTING_UNKNOWN, {
        field: `listing ${listing}`,
        expected: `a listing (${body.kind}) of ${signer.address}`,
        actual:
          known.owner === zeroAddress ? "none" : `a listing (${listingKinds[known.kind]}) of ${known.owner}`,
        next: { action: "list-listings", subject: body.kind },
      });
    }
  }
  const { logs, transactionHash } =
    listing === undefined
      ? await sendCall(chain, signer, { ...market, functionName: "register", args: [kind, hash, uri] })
      : await sendCall(chain, signer, { ...market, functionName: "revise", args: [listing, hash, uri] });
  const [revised] = parseEventLogs({ abi: marketplaceAbi, logs, eventName: "ListingRevised" });
  if (revised === undefined) throw new Error("the contract told of no revision");
  return {
    listing: revised.args.listing,
    revision: revised.args.revision,
    body: hash,
    transaction: transactionHash,
  };
}
