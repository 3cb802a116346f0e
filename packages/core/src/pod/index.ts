export * from "./pod-identity.ts";
export * from "./pod-key.ts";
export * from "./session-key.ts";
