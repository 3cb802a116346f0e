export {
  type AttestationPorts,
  type AttestedProvider,
  attestProvider,
  type ProviderExpectation,
} from "./attest-provider.ts";
export type { AttestationEvent, EvidenceAppraised } from "./events.ts";
