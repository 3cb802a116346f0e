export * from "./amount.ts";
export * from "./breakdown.ts";
export * from "./duration.ts";
export * from "./notice.ts";
export * from "./resource-price.ts";
export * from "./short-names.ts";
export * from "./statement.ts";
