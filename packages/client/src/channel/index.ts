export {
  type Channel,
  type ChannelAccount,
  type PayeeSpending,
  readAccount,
  readSpending,
} from "./account.ts";
export type { Approval } from "./approval.ts";
export type { DepositMethod } from "./open-channel.ts";
export type { PermitDomain } from "./permit.ts";
export type { WalletStep } from "./wallet-step.ts";
export type { WithdrawalEvent, WithdrawalFailure, Withdrawals, Withdrawn } from "./withdrawal.ts";
