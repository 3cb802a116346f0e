export { type AttestProviderOptions, attestProvider } from "./attest-provider.ts";
export { type CheckGroup, checkGroups, checkLabels } from "./check-labels.ts";
export { reportAttestation, reportResult } from "./report-result.ts";
export { loadTrustPolicy } from "./trust-policy.ts";
