export * from "./fetch-body.ts";
export * from "./listing-body.ts";
export * from "./market-state.ts";
export * from "./bid.ts";
export * from "./placement.ts";
export * from "./read-market.ts";
