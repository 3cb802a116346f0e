export * from "./caip.ts";
export * from "./decimal.ts";
export * from "./hex.ts";
