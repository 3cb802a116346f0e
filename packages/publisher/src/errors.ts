import { defineErrors } from "@apoc/errors";

/** Errors of `apoc pod`. Numbers 9200 to 9299; 921x are the reasons for which a quote is not taken. */
export const publisherErrors = defineErrors("cli", {
  OFFER_UNKNOWN: [9202, "usage", "There is no such offer"],
  SECRET_SYNTAX: [9203, "usage", "Not a secret"],
  PROVIDER_CHAIN: [9204, "usage", "The provider works with another chain, contract or token"],
  DURATION_TOO_SHORT: [9205, "usage", "The provider demands funds for a longer time"],

  QUOTE_PARTIES: [9210, "verification", "The quote is for another channel than was asked for"],
  QUOTE_PAYEES: [9211, "verification", "The quote names other payees than the licenses do"],
  QUOTE_PRICE: [9212, "payment", "The quote demands more than the provider announces"],
  QUOTE_TIMES: [9213, "verification", "The quote's times are not acceptable"],
  QUOTE_CHANNEL_ID: [9214, "verification", "The quote's channel id does not follow from its terms"],
  QUOTE_SIGNATURE: [9215, "verification", "The quote is not signed by the attested provider"],

  POD_UNKNOWN: [9220, "usage", "No such pod was deployed from here"],
  POD_AMBIGUOUS: [9221, "usage", "Several pods are meant by this"],
  POD_EXISTS: [9222, "usage", "A pod of this name is deployed already"],
  POD_CHANGED: [9223, "usage", "The manifest is not the one that this pod's channel was opened for"],
  POD_FAILED: [9224, "refused", "The pod did not start"],
  POD_CLOSED: [9225, "usage", "The pod's channel is closed"],
  PAYEES_CHANGED: [9226, "payment", "The channel does not pay for an image of the new manifest"],
  NETWORK_OTHER: [9228, "usage", "The pod was deployed on another network"],
  WALLET_OTHER: [9229, "wallet", "The pod was deployed with another wallet"],
  RECORD_INVALID: [9227, "usage", "The local record of a pod is not well-formed"],

  MAX_TOTAL_NEEDED: [9230, "usage", "Without a terminal, say how much may be spent"],
  TRANSACTION_PENDING: [9231, "pending", "A transaction of this account is still under way"],
  UNLOCK_PENDING: [9232, "pending", "The rest of the funds is locked for a while"],
  OUTPUT_EXISTS: [9233, "usage", "The file exists and is not overwritten"],
});
