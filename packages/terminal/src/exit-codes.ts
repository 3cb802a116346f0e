import type { ErrorKind } from "@apoc/errors";

/** Process exit code of each kind of failure: the one table that code, help and documentation use. */
export const exitCodes: Readonly<Record<ErrorKind, number>> = {
  unexpected: 1,
  usage: 2,
  verification: 3,
  wallet: 4,
  payment: 5,
  refused: 6,
  network: 7,
  pending: 8,
  declined: 9,
};

/** Exit codes of commands that a signal ended: 128 + signal number. */
export const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** All exit codes with their meaning, for `help exit-codes`. */
export const exitCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [0, "done"],
  [exitCodes.unexpected, "unexpected: a defect, an unforeseen condition, or a failed check of `doctor`"],
  [exitCodes.usage, "usage: the command line or a file of yours is not valid"],
  [exitCodes.verification, "verification: evidence, digest, signature or ciphertext is invalid"],
  [exitCodes.wallet, "wallet: a wallet, password or credential is needed or wrong"],
  [exitCodes.payment, "payment: funds, allowance, terms or a spending limit"],
  [exitCodes.refused, "refused: the provider, registry or contract said no"],
  [exitCodes.network, "network: unreachable or timed out; a retry may help"],
  [exitCodes.pending, "pending: not done yet"],
  [exitCodes.declined, "declined: you said no"],
  [signalExitCodes.SIGINT, "interrupted by Ctrl-C"],
  [signalExitCodes.SIGTERM, "ended by SIGTERM"],
];
