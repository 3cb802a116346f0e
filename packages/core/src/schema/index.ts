export * from "./decimal.ts";
export * from "./hex.ts";
