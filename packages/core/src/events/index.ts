export * from "./read-logs.ts";
