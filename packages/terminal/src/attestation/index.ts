export { type AttestedProvider, type AttestProviderOptions, attestProvider } from "./attest-provider.ts";
export { loadTrustPolicy } from "./trust-policy.ts";
