export { chainError } from "./chain-error.ts";
export { connectChain, type ContractName, type Network, type OpenChain, redact } from "./connect-chain.ts";
export { type ContractStatus, readContracts } from "./contract-status.ts";
export { findNetworkChannels } from "./find-channels.ts";
export { readNetworkMarket } from "./read-market.ts";
export { type RegisteredListing, registerListing } from "./register-listing.ts";
export { type ContractCall, estimateCallFee, sendCall } from "./send-call.ts";
export { readToken, readTokenBalance, readTokens, type Token } from "./token.ts";
