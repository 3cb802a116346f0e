export * from "./azure/index.ts";
export { canonicalDigest } from "./canonical-digest.ts";
export type { CheckResult } from "./checklist.ts";
export * from "./claim-keys.ts";
export { addressBytes, chainIdBytes, type Claims, nonceSize, reportData } from "./claims.ts";
export { type ClaimsDocument, claimsDocument } from "./claims-document.ts";
export * from "./collateral/index.ts";
export * from "./errors.ts";
export {
  type AzureSnpEvidence,
  type AzureTdxEvidence,
  type Evidence,
  type EvidenceDocument,
  evidenceKinds,
  evidenceLimit,
  evidenceSchema,
  evidenceVersion,
  parseEvidence,
  type SevSnpEvidence,
  type TdxGuestEvidence,
} from "./evidence.ts";
export * from "./evidence-document.ts";
export * from "./policy.ts";
export { trustPolicyJsonSchema } from "./policy-json-schema.ts";
export { policyApiVersion } from "./policy-schema.ts";
export * from "./record.ts";
export { type AttestationResult, assertAffirming } from "./result.ts";
export * from "./snp/product.ts";
export * from "./snp/reference-values.ts";
export { readReport, reportSize, type SnpReport, signedSize } from "./snp/report.ts";
export * from "./snp/root.ts";
export * from "./snp/tcb.ts";
export { amdTcbArcs } from "./snp/vek-extensions.ts";
export * from "./snp/verify.ts";
export {
  issuerChainLimit,
  type SignedJson,
  signedDocumentLimit,
  type TdxCollateral,
} from "./tdx/collateral.ts";
export { type EventLog, eventLogLimit, type LogEvent, provenData } from "./tdx/event-log.ts";
export type { EventRule } from "./tdx/event-rules.ts";
export {
  type QeReport,
  type QuoteHeader,
  quoteLimit,
  type TdReport,
  type TdxQuote,
} from "./tdx/quote.ts";
export { parseEventLog, parseQuote } from "./tdx/readers.ts";
export * from "./tdx/reference-values.ts";
export * from "./tdx/root.ts";
export { type TcbStatus, tcbStatuses } from "./tdx/tcb-status.ts";
export type { TdxTcb } from "./tdx/tcb.ts";
export * from "./tdx/verify.ts";
export type { VerifyEvidenceOptions } from "./check-envelope.ts";
export * from "./verify-evidence.ts";
