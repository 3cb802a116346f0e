export * from "./documents.ts";
export * from "./pod-request.ts";
export * from "./provider-client.ts";
export * from "./request.ts";
