export * from "./deployments.ts";
export * from "./deterministic.ts";
