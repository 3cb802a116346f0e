import { defineErrors } from "@apoc/errors";

/**
 * Errors of use cases, whoever runs them: numbers 9040 to 9089, and those of developers from 9101 to 9140, of pods from 9202
 * to 9232, of the area that the command lines share.
 */
export const clientErrors = defineErrors("cli", {
  CHAIN_UNREACHABLE: [9040, "network", "The chain does not answer"],
  CHAIN_MISMATCH: [9041, "verification", "The RPC endpoint serves another chain"],
  TRANSACTION_REVERTED: [9042, "refused", "The contract rejected the transaction"],
  NETWORK_FEE_UNPAYABLE: [9043, "payment", "The account cannot pay the network fee"],
  TRANSACTION_UNCONFIRMED: [9044, "pending", "The transaction was sent, but is not confirmed yet"],
  CONTRACT_UNCONFIGURED: [9045, "usage", "The network has no address for a contract"],
  TOKEN_INVALID: [9047, "verification", "The token does not answer as an ERC-20 contract"],
  CHAIN_FAILED: [9048, "unexpected", "The chain returned an unexpected answer"],
  SIGNING_DECLINED: [9049, "declined", "The wallet declined to sign"],

  PEER_KEY_CHANGED: [9060, "verification", "The server presents a different TLS key than before"],
  PEER_UNREACHABLE: [9061, "network", "The server does not answer"],
  PEER_TIMED_OUT: [9062, "network", "The server did not answer in time"],

  PROVIDER_URL: [9081, "usage", "Not the address of a provider"],

  CHANNEL_UNKNOWN: [9140, "usage", "No such channel pays this account"],

  OFFER_UNKNOWN: [9202, "usage", "There is no such offer"],
  PROVIDER_CHAIN: [9204, "usage", "The provider works with another chain, contract or token"],
  DURATION_TOO_SHORT: [9205, "usage", "The provider requires funds for a longer time"],
  CONTAINER_UNKNOWN: [9206, "usage", "The pod has no such container"],
  SESSION_KEY_MISSING: [9207, "wallet", "The key that signs requests about the pod is not on this machine"],
  RECORD_VERSION: [9208, "usage", "The record of a pod is of a version that is not read"],

  QUOTE_PARTIES: [9210, "verification", "The quote is for a channel other than requested"],
  QUOTE_PAYEES: [9211, "verification", "The quote names payees other than those of the licenses"],
  QUOTE_PRICE: [9212, "payment", "The quote asks for more than the announced prices"],
  QUOTE_TIMES: [9213, "verification", "The quote's times are not acceptable"],
  QUOTE_CHANNEL_ID: [9214, "verification", "The quote's channel id does not follow from its terms"],
  QUOTE_SIGNATURE: [9215, "verification", "The quote is not signed by the attested provider"],

  POD_UNKNOWN: [9220, "usage", "There is no record of such a pod"],
  POD_AMBIGUOUS: [9221, "usage", "Several pods match"],
  POD_EXISTS: [9222, "usage", "A pod of this name is already deployed"],
  POD_CHANGED: [9223, "usage", "The manifest differs from the one that this pod's channel was opened for"],
  POD_FAILED: [9224, "refused", "The pod did not start"],
  POD_CLOSED: [9225, "usage", "The pod's channel is closed"],
  PAYEES_CHANGED: [9226, "payment", "The channel does not pay for an image of the new manifest"],
  RECORD_INVALID: [9227, "usage", "The record of a pod is not well-formed"],
  NETWORK_OTHER: [9228, "usage", "The pod was deployed on another network"],
  WALLET_OTHER: [9229, "wallet", "The pod was deployed with another wallet"],
  TRANSACTION_PENDING: [9231, "pending", "A transaction of this account is still pending"],
});

/** Errors of reading and writing files. */
export const fileErrors = defineErrors("cli", {
  FILE_UNREADABLE: [9005, "usage", "A file cannot be read"],
  FILE_UNWRITABLE: [9006, "usage", "A file or folder cannot be written"],
});

/** Errors of opening a keystore. */
export const keystoreErrors = defineErrors("cli", {
  WALLET_PASSWORD_WRONG: [9022, "wallet", "The password of the wallet is wrong"],
  WALLET_INVALID: [9023, "wallet", "The wallet file is not an Ethereum V3 keystore"],
});
