export * from "./chain-http.ts";
export * from "./read-logs.ts";
