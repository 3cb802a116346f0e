export {
  chainError,
  connectChain,
  type ContractCall,
  type ContractName,
  estimateCallFee,
  findNetworkChannels,
  type OpenChain,
  readNetworkMarket,
  readToken,
  readTokenBalance,
  readTokens,
  redact,
  type RegisteredListing,
  type Token,
} from "@apoc/client";
export { openChain } from "./open-chain.ts";
export { registerListing, sendCall } from "./send-call.ts";
