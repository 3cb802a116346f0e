import { defineErrors } from "@apoc/errors";

/** Errors of the command line itself. Numbers 9000 to 9099, without those of `client`; developer has 91xx, publisher 92xx, `apoc` 9500 and up. */
export const terminalErrors = defineErrors("cli", {
  UNEXPECTED: [9000, "unexpected", "Unexpected error"],
  USAGE: [9001, "usage", "The command line is not valid"],
  UNKNOWN_COMMAND: [9002, "usage", "There is no such command"],
  CONFIG_INVALID: [9003, "usage", "The configuration file is not valid"],
  NETWORK_UNKNOWN: [9004, "usage", "The network is not configured"],
  CONFIRMATION_NEEDED: [9007, "usage", "Confirmation is needed, but there is no terminal"],
  DECLINED: [9008, "declined", "Declined"],
  INPUT_NEEDED: [9009, "usage", "An answer is needed, but there is no terminal"],
  ADDRESS_IN_USE: [9012, "usage", "Another program listens on this address"],
  OUTPUT_UNWRITABLE: [9013, "unexpected", "The output cannot be written"],
  TIMED_OUT: [9010, "network", "The time limit of --timeout is over"],
  INTERRUPTED: [9011, "unexpected", "Interrupted"],

  WALLET_MISSING: [9020, "wallet", "There is no such wallet"],
  WALLET_PASSWORD_NEEDED: [9021, "wallet", "The password of the wallet is needed"],
  WALLET_EXISTS: [9024, "usage", "A wallet of this name already exists"],
  PRIVATE_KEY_INVALID: [9025, "usage", "The private key is not valid"],
  NAME_INVALID: [9026, "usage", "The name is not valid"],
  SCRYPT_COST_INVALID: [9027, "usage", "The scrypt cost of new wallets is not valid"],

  NETWORK_EXISTS: [9503, "usage", "A network of this name already exists"],
  KEY_FILE_MISSING: [9504, "usage", "The file with the private key is missing"],

  TRUST_POLICY_MISSING: [9080, "usage", "A trust policy is needed to decide which evidence to accept"],
});
