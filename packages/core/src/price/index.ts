export * from "./amount.ts";
export * from "./breakdown.ts";
export * from "./duration.ts";
export * from "./resource-price.ts";
