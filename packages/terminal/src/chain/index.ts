export { chainError } from "./chain-error.ts";
export { connectChain, type ContractName, type OpenChain, openChain, redact } from "./open-chain.ts";
export { type ContractCall, estimateCallFee, sendCall } from "./send-call.ts";
export { readToken, readTokenBalance, readTokens, type Token } from "./token.ts";
