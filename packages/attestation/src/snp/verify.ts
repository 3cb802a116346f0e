import { toHex } from "@apoc/encoding";
import { Checklist, demand } from "../checklist.ts";
import { checkReferenceValues } from "./appraisal.ts";
import { checkChain, type SnpCertificates } from "./chain.ts";
import { checkEndorsement } from "./endorsement.ts";
import type { Product } from "./product.ts";
import type { SnpReferenceValues } from "./reference-values.ts";
import { readReport } from "./report.ts";
import { checkRevocation } from "./revocation.ts";
import { checkStructure } from "./structure.ts";
import { type ReportedTcb, readTcb } from "./tcb.ts";

/** A report with what endorses it. */
export interface SnpEvidence {
  readonly report: Uint8Array;
  readonly certificates: SnpCertificates;
  /** DER revocation list of the root. */
  readonly crl?: Uint8Array | undefined;
}

/** What the checks found. The facts are those of the report and are proven only if `checks.affirming`. */
export interface SnpVerdict {
  readonly checks: Checklist;
  readonly development: boolean;
  readonly product: Product | undefined;
  readonly reportVersion: number | undefined;
  /** Lower-case hexadecimal. */
  readonly measurement: string | undefined;
  /** Lower-case hexadecimal. */
  readonly chipId: string | undefined;
  /** The reported TCB. */
  readonly tcb: ReportedTcb | undefined;
  /** Earliest end of a certificate or of the revocation list. */
  readonly expiresAt: Date | undefined;
}

/**
 * All checks of an SEV-SNP report in the order of docs/spec/evidence.md. Never rejects: whatever the bytes are, each
 * check ends with a verdict of its own.
 *
 * @param expectedReportData the 64 bytes that the report must bind
 * @param at moment of the evaluation; certificates and lists must be valid at it
 * @param checks list to continue; an empty one unless given
 */
export async function verifySnp(
  evidence: SnpEvidence,
  reference: SnpReferenceValues,
  expectedReportData: Uint8Array,
  at: Date,
  checks: Checklist = new Checklist(),
): Promise<SnpVerdict> {
  const report = readReport(evidence.report);
  const kind = await checkStructure(checks, report, evidence.report.length, reference);
  const { verified, trust, notAfter } = await checkChain(
    checks,
    evidence.certificates,
    report,
    kind,
    reference,
    at,
  );
  const revocation = trust?.revocation !== "none";
  const { snapshot } = reference;
  const nextUpdate = await checkRevocation(checks, evidence.crl, verified, revocation, at, snapshot);
  const product = trust?.product;
  await checkEndorsement(checks, report, verified, kind, reference);
  await checkReferenceValues(checks, report, product, reference, expectedReportData);
  await checks.check(
    "DEV_ROOT",
    trust &&
      (() =>
        demand(!trust.development || reference.development, "the root of a real TEE", "a development root")),
  );
  const ends = [notAfter, nextUpdate].filter((date) => date !== undefined).map((date) => date.getTime());
  return {
    checks,
    development: trust?.development ?? false,
    product,
    reportVersion: report?.version,
    measurement: report && toHex(report.measurement),
    chipId: report && toHex(report.chipId),
    tcb: report && product && readTcb(report.reportedTcb, product),
    expiresAt: ends.length === 0 ? undefined : new Date(Math.min(...ends)),
  };
}
