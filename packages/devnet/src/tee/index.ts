export { type ChainCertificates, lifetimeDays } from "./certificates.ts";
export * from "./development-tee.ts";
export {
  createDevelopmentRoot,
  type DevelopmentRoot,
  type DevelopmentRootOptions,
  developmentTcb,
} from "./root.ts";
export * from "./serve.ts";
export * from "./trust-policy.ts";
