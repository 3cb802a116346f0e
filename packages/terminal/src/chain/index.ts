export { openChain } from "./open-chain.ts";
