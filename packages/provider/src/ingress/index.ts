export * from "./ingress.ts";
