export { type AttestedProvider, type AttestProviderOptions, attestProvider } from "./attest-provider.ts";
export { checkLabels } from "./check-labels.ts";
export { reportResult } from "./report-result.ts";
export { loadTrustPolicy } from "./trust-policy.ts";
