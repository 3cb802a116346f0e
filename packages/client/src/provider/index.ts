export { type ProviderChannel, readProviderChannels } from "./channels.ts";
export {
  type WithdrawClaimsPlan,
  type WithdrawClaimsRequest,
  executeWithdrawClaims,
  planWithdrawClaims,
  type ProviderWithdrawal,
} from "./withdraw-claims.ts";
