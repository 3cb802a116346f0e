import type { ApocError } from "@apoc/errors";
import type { Address, Hex } from "viem";

/** What one channel has paid. */
export interface Withdrawn {
  readonly channel: Hex;
  /** Index of the payee; undefined for the provider. */
  readonly index: number | undefined;
  readonly token: Address;
  /** Base units. */
  readonly amount: bigint;
  readonly to: Address;
  readonly transaction: Hex;
  readonly block: bigint;
}

/** Channels that one transaction would have been for, and why it was not sent or not included. */
export interface WithdrawalFailure {
  readonly channels: readonly Hex[];
  readonly error: ApocError;
}

/** Events of withdrawing. */
export type WithdrawalEvent =
  | { readonly type: "withdrawn"; readonly withdrawn: Withdrawn }
  | { readonly type: "withdrawal-failed"; readonly failure: WithdrawalFailure };

/** What came of a withdrawal from several channels. */
export interface Withdrawals {
  readonly withdrawn: readonly Withdrawn[];
  readonly failures: readonly WithdrawalFailure[];
}
