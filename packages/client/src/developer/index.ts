export { type Earning, readEarnings } from "./earnings.ts";
export {
  type WithdrawEarningsPlan,
  type WithdrawEarningsRequest,
  executeWithdrawEarnings,
  planWithdrawEarnings,
} from "./withdraw-earnings.ts";
export type { WithdrawalBatch } from "./withdrawal-batches.ts";
