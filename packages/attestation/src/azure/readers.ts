import { ApocError } from "@apoc/errors";
import { attestationErrors } from "../errors.ts";
import { type HclReport, readHclReport } from "./hcl-report.ts";
import { readRuntimeData, type RuntimeData } from "./runtime-data.ts";
import { readTpmQuote, type TpmQuote } from "./tpm-quote.ts";

/** Reads an HCL report. It proves nothing: `verifyAzureWrapping` does. Throws `HCL_REPORT`. */
export function parseHclReport(bytes: Uint8Array): HclReport {
  return typed("HCL_REPORT", () => readHclReport(bytes));
}

/** Reads the runtime data of an HCL report. Throws `AK_MISSING` for those without one attestation key. */
export function parseRuntimeData(bytes: Uint8Array): RuntimeData {
  return typed("AK_MISSING", () => readRuntimeData(bytes));
}

/** Reads the attest structure of a TPM quote. It proves nothing by itself. Throws `TPM_QUOTE`. */
export function parseTpmQuote(bytes: Uint8Array): TpmQuote {
  return typed("TPM_QUOTE", () => readTpmQuote(bytes));
}

/** What a parser gives; its own errors under the code that callers know. */
function typed<T>(code: "HCL_REPORT" | "AK_MISSING" | "TPM_QUOTE", read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const actual = cause instanceof Error ? cause.message : "another value";
    throw new ApocError(attestationErrors[code], { expected: "a well-formed value", actual, cause });
  }
}
