export { chainError } from "./chain-error.ts";
export { findNetworkChannels } from "./find-channels.ts";
export { connectChain, type ContractName, type OpenChain, openChain, redact } from "./open-chain.ts";
export { readNetworkMarket } from "./read-market.ts";
export { type RegisteredListing, registerListing } from "./register-listing.ts";
export { type ContractCall, estimateCallFee, sendCall } from "./send-call.ts";
export { readToken, readTokenBalance, readTokens, type Token } from "./token.ts";
