export { type HclReport, hclReportLimit, readHclReport } from "./hcl-report.ts";
export type { AzureReferenceValues } from "./reference-values.ts";
export { type RuntimeData, readRuntimeData } from "./runtime-data.ts";
export { pcrCount, readTpmQuote, type TpmQuote, tpmMessageLimit } from "./tpm-quote.ts";
export {
  type AzureVerdict,
  type AzureWrapping,
  type TpmEvidence,
  tpmExtraData,
  verifyAzureWrapping,
} from "./verify.ts";
