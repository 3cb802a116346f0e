export * from "./market-state.ts";
export * from "./placement.ts";
export * from "./read-market.ts";
