export type { Attester, AttesterReport } from "./attester.ts";
export { attesterWarnings } from "./attester-warnings.ts";
export { developmentAttester } from "./development-attester.ts";
export { answerNonce, checkOwnEvidence, type EvidenceSubject } from "./evidence.ts";
export type { KeyBinding } from "./derived-keys.ts";
export { openAttester } from "./open-attester.ts";
export { createProviderKeys, type ProviderKeys } from "./provider-keys.ts";
export { createTlsIdentity, type TlsIdentity } from "./tls-key.ts";
export type { WrappingKey } from "./wrapping-key.ts";
