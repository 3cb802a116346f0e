export { type HclReport, hclReportLimit } from "./hcl-report.ts";
export type { AzureReferenceValues } from "./reference-values.ts";
export { parseHclReport, parseRuntimeData, parseTpmQuote } from "./readers.ts";
export type { RuntimeData } from "./runtime-data.ts";
export { pcrCount, type TpmQuote, tpmMessageLimit } from "./tpm-quote.ts";
export {
  type AzureVerdict,
  type AzureWrapping,
  type TpmEvidence,
  tpmExtraData,
  verifyAzureWrapping,
} from "./verify.ts";
