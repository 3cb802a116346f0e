import { defineErrors } from "@apoc/errors";

/** Errors of use cases, whoever runs them: numbers 9040 to 9089 of the area that the command lines share. */
export const clientErrors = defineErrors("cli", {
  CHAIN_UNREACHABLE: [9040, "network", "The chain does not answer"],
  CHAIN_MISMATCH: [9041, "verification", "The RPC endpoint serves another chain"],
  TRANSACTION_REVERTED: [9042, "refused", "The contract refuses the transaction"],
  NETWORK_FEE_UNPAYABLE: [9043, "payment", "The account cannot pay the network fee"],
  TRANSACTION_UNCONFIRMED: [9044, "pending", "The transaction is sent and not yet confirmed"],
  CONTRACT_UNCONFIGURED: [9045, "usage", "The network has no address for a contract"],
  TOKEN_INVALID: [9047, "verification", "The token does not answer as an ERC-20 contract"],
  CHAIN_FAILED: [9048, "unexpected", "The chain answered in a way that is not understood"],
  SIGNING_DECLINED: [9049, "declined", "The wallet declined to sign"],

  PEER_KEY_CHANGED: [9060, "verification", "The server shows another TLS key than before"],
  PEER_UNREACHABLE: [9061, "network", "The server does not answer"],
  PEER_TIMED_OUT: [9062, "network", "The server did not answer in time"],

  PROVIDER_URL: [9081, "usage", "Not the address of a provider"],
});

/** Errors of reading and writing files. */
export const fileErrors = defineErrors("cli", {
  FILE_UNREADABLE: [9005, "usage", "A file cannot be read"],
  FILE_UNWRITABLE: [9006, "usage", "A file or folder cannot be written"],
});
