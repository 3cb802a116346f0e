import { toHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { type AzureVerdict, tpmExtraData, verifyAzureWrapping } from "./azure/verify.ts";
import { Checklist } from "./checklist.ts";
import { checkEnvelope, type VerifyEvidenceOptions } from "./check-envelope.ts";
import { reportData } from "./claims.ts";
import { claimsDocument } from "./claims-document.ts";
import { attestationErrors } from "./errors.ts";
import { type AzureSnpEvidence, type AzureTdxEvidence, type Evidence, evidenceVersion } from "./evidence.ts";
import {
  azureReferenceValues,
  policyDigest,
  snpReferenceValues,
  tdxReferenceValues,
  type TrustPolicy,
} from "./policy.ts";
import type { AttestationResult } from "./result.ts";
import { type SnpVerdict, verifySnp } from "./snp/verify.ts";
import { type TdxVerdict, verifyTdx } from "./tdx/verify.ts";
import { toTime } from "./time.ts";

/**
 * Appraises evidence: the envelope (kind, nonce, claims), then the checks of its kind, in the order of
 * docs/spec/evidence.md. Never throws for what the evidence holds: see `status` and `checks`, or call
 * `assertAffirming`. Throws `ENCODING` when the caller's nonce has not 32 bytes
 * or `at` is no date.
 */
export async function verifyEvidence(
  evidence: Evidence,
  options: VerifyEvidenceOptions,
): Promise<AttestationResult> {
  const { nonce, policy } = options;
  const { claims } = evidence;
  const at = new Date(Math.floor((options.at ?? new Date()).getTime() / 1000) * 1000);
  if (Number.isNaN(at.getTime()))
    throw new ApocError(attestationErrors.ENCODING, { field: "at", expected: "a valid date" });
  const digest = policyDigest(policy);
  // The caller's nonce, not the evidence's: what the report must bind never comes from the evidence alone.
  const bound = reportData(nonce, claims);

  const checks = new Checklist();
  await checkEnvelope(evidence, options, checks);
  const { development, expiresAt, ...found } = await verifyKind(evidence, policy, bound, at, checks);
  const expiry = Math.min(at.getTime() + policy.maxAge * 1000, expiresAt?.getTime() ?? at.getTime());
  return {
    version: evidenceVersion,
    kind: evidence.kind,
    status: checks.affirming ? "affirming" : "contraindicated",
    development,
    checks: checks.results,
    claims: claimsDocument(claims),
    ...found,
    policyDigest: digest,
    evaluatedAt: toTime(at),
    // A result that does not affirm is good for no time at all.
    expiresAt: toTime(checks.affirming ? new Date(expiry) : at),
  };
}

type Found = Pick<
  AttestationResult,
  "development" | "product" | "chipId" | "measurement" | "tcb" | "tdx" | "azure"
> & { readonly expiresAt: Date | undefined };

/** The checks of one kind of evidence. */
async function verifyKind(
  evidence: Evidence,
  policy: TrustPolicy,
  bound: Uint8Array,
  at: Date,
  checks: Checklist,
): Promise<Found> {
  switch (evidence.kind) {
    case "sev-snp":
      return snpFound(await verifySnp(evidence, snpReferenceValues(policy), bound, at, checks));
    case "tdx":
      return tdxFound(await verifyTdx(evidence, tdxReferenceValues(policy), bound, at, checks));
    case "azure-snp": {
      const wrapping = await verifyWrapping(evidence, "snp", policy, bound, checks);
      const { certificates, crl } = evidence;
      const subject = { report: wrapping.hcl?.teeReport ?? new Uint8Array(), certificates, crl };
      const reference = snpReferenceValues(policy);
      const verdict = await verifySnp(subject, reference, wrapping.hardwareReportData, at, checks);
      return { ...snpFound(verdict), azure: azureFound(evidence, wrapping) };
    }
    case "azure-tdx": {
      const wrapping = await verifyWrapping(evidence, "tdx", policy, bound, checks);
      const reference = tdxReferenceValues(policy);
      const verdict = await verifyTdx(evidence, reference, wrapping.hardwareReportData, at, checks);
      return { ...tdxFound(verdict), azure: azureFound(evidence, wrapping) };
    }
  }
}

function verifyWrapping(
  evidence: AzureSnpEvidence | AzureTdxEvidence,
  tee: "snp" | "tdx",
  policy: TrustPolicy,
  bound: Uint8Array,
  checks: Checklist,
): Promise<AzureVerdict> {
  return verifyAzureWrapping(evidence, tee, azureReferenceValues(policy), tpmExtraData(bound), checks);
}

function snpFound(verdict: SnpVerdict): Found {
  const { development, expiresAt, product = null, chipId = null, measurement = null, tcb = null } = verdict;
  return { development, expiresAt, product, chipId, measurement, tcb };
}

function tdxFound({ development, expiresAt, measurement, rtmrs, tcb }: TdxVerdict): Found {
  return {
    development,
    expiresAt,
    product: null,
    chipId: null,
    measurement: measurement ?? null,
    tcb: null,
    tdx: {
      rtmrs: rtmrs ? [...rtmrs] : null,
      platform: tcb ? { ...tcb, advisories: [...tcb.advisories] } : null,
    },
  };
}

function azureFound({ tpm }: AzureSnpEvidence | AzureTdxEvidence, { runtime }: AzureVerdict): Found["azure"] {
  return {
    pcrs: tpm.pcrs.map(toHex),
    secureBoot: runtime?.secureBoot ?? null,
    consoleEnabled: runtime?.consoleEnabled ?? null,
  };
}
