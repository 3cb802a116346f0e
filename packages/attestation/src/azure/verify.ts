import { sha256 } from "@noble/hashes/sha2.js";
import { equalBytes, toHex } from "@apoc/encoding";
import { Checklist, demand, type Outcome } from "../checklist.ts";
import { type HclReport, readHclReport, reportDataOf } from "./hcl-report.ts";
import type { AzureReferenceValues } from "./reference-values.ts";
import { readRuntimeData, type RuntimeData } from "./runtime-data.ts";
import { pcrCount, readTpmQuote, type TpmQuote } from "./tpm-quote.ts";

/** A quote of the vTPM with the values it speaks of. */
export interface TpmEvidence {
  /** TPMS_ATTEST, as it was signed. */
  readonly message: Uint8Array;
  /** RSASSA-PKCS1-v1_5 with SHA-256, 256 bytes. */
  readonly signature: Uint8Array;
  /** PCR 0 to 23 of the SHA-256 bank. */
  readonly pcrs: readonly Uint8Array[];
}

/** What binds a hardware report to a nonce on Azure: HCL report and TPM quote. */
export interface AzureWrapping {
  readonly hclReport: Uint8Array;
  readonly tpm: TpmEvidence;
}

/** What the checks found. Proven only if they affirm and the hardware report binds {@link hardwareReportData}. */
export interface AzureVerdict {
  readonly checks: Checklist;
  readonly hcl: HclReport | undefined;
  readonly runtime: RuntimeData | undefined;
  /** What REPORT_DATA of the signed hardware report must be: SHA-256 of the runtime data, and 32 zeros. */
  readonly hardwareReportData: Uint8Array;
}

/** What the vTPM has to bind for the 64 bytes that other TEEs bind: a TPM takes fewer, so their SHA-256. */
export function tpmExtraData(reportData: Uint8Array): Uint8Array {
  return sha256(reportData);
}

/**
 * The checks HCL_REPORT to SECURE_BOOT: nonce → TPM quote → attestation key → runtime data → REPORT_DATA. The last
 * step holds only if the caller verifies the hardware report with {@link AzureVerdict.hardwareReportData}; never rejects.
 *
 * @param tee kind of hardware that the evidence claims
 * @param extraData bytes that the TPM quote must bind
 */
export async function verifyAzureWrapping(
  { hclReport, tpm }: AzureWrapping,
  tee: HclReport["tee"],
  reference: AzureReferenceValues,
  extraData: Uint8Array,
  checks: Checklist = new Checklist(),
): Promise<AzureVerdict> {
  let hcl: HclReport | undefined;
  await checks.check("HCL_REPORT", () => {
    const found = readHclReport(hclReport);
    if (found.tee !== tee) return { expected: `a report of ${tee}`, actual: found.tee };
    hcl = found;
    return undefined;
  });
  const report = hcl;
  const hardwareReportData = new Uint8Array(64);
  if (report !== undefined) hardwareReportData.set(sha256(report.runtimeData));
  await checks.check("RUNTIME_DATA", report && (() => sameBytes(reportDataOf(report), hardwareReportData)));

  let runtime: RuntimeData | undefined;
  let key: CryptoKey | undefined;
  await checks.check(
    "AK_MISSING",
    report &&
      (async () => {
        const found = readRuntimeData(report.runtimeData);
        const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
        key = await crypto.subtle.importKey("jwk", found.attestationKey, algorithm, false, ["verify"]);
        runtime = found;
        return undefined;
      }),
  );
  let quote: TpmQuote | undefined;
  await checks.check("TPM_QUOTE", () => {
    quote = readTpmQuote(tpm.message);
    return undefined;
  });
  const signer = key;
  await checks.check(
    "TPM_SIGNATURE",
    signer &&
      (async () => {
        const [signature, message] = [Uint8Array.from(tpm.signature), Uint8Array.from(tpm.message)];
        const holds = await crypto.subtle.verify("RSASSA-PKCS1-v1_5", signer, signature, message);
        return demand(holds, "a signature of the attestation key", "a signature that does not hold");
      }),
  );
  const stated = quote;
  await checks.check("TPM_NONCE", stated && (() => sameBytes(stated.extraData, extraData)));
  await checks.check("TPM_PCR_DIGEST", stated && (() => checkPcrDigest(stated, tpm.pcrs)));
  await checks.check("TPM_PCRS", () => checkPcrs(tpm.pcrs, reference));
  const machine = runtime;
  if (!reference.requireSecureBoot) checks.notRequired("SECURE_BOOT");
  else await checks.check("SECURE_BOOT", machine && (() => demand(machine.secureBoot, "on", "off")));
  return { checks, hcl, runtime, hardwareReportData };
}

function sameBytes(actual: Uint8Array, expected: Uint8Array): Outcome {
  return demand(equalBytes(actual, expected), toHex(expected), toHex(actual));
}

function checkPcrDigest(quote: TpmQuote, pcrs: readonly Uint8Array[]): Outcome {
  if (pcrs.length !== pcrCount || pcrs.some(({ length }) => length !== 32))
    return { expected: `${pcrCount} values of 32 bytes`, actual: `${pcrs.length} values` };
  const hash = sha256.create();
  for (const value of pcrs) hash.update(value);
  return sameBytes(hash.digest(), quote.pcrDigest);
}

function checkPcrs(pcrs: readonly Uint8Array[], reference: AzureReferenceValues): Outcome {
  const named = Object.entries(reference.pcrs);
  if (named.length === 0) return { expected: "at least one PCR in the trust policy", actual: "none" };
  for (const [index, accepted] of named) {
    const value = pcrs[Number(index)];
    if (value === undefined || !accepted.includes(toHex(value)))
      return {
        expected: `PCR ${index}: ${accepted.join(", ") || "no value at all"}`,
        actual: value === undefined ? "no such PCR" : toHex(value),
      };
  }
  return undefined;
}
