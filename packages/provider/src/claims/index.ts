export { Claimer, type ClaimResult } from "./claimer.ts";
export { connectProviderChain, openProviderChain, type ProviderChain } from "./provider-chain.ts";
export { Settler } from "./settler.ts";
