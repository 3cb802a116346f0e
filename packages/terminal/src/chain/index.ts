export { openChain } from "./open-chain.ts";
export { amountIn, reportWithdrawals } from "./report-withdrawals.ts";
