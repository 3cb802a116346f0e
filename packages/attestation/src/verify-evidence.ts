import { equalBytes, fromHex, toBase64, toHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { type AzureVerdict, tpmExtraData, verifyAzureWrapping } from "./azure/verify.ts";
import { Checklist, demand } from "./checklist.ts";
import { isP256Key, isTlsKey, reportData } from "./claims.ts";
import { attestationErrors } from "./errors.ts";
import type { AzureSnpEvidence, AzureTdxEvidence, Evidence } from "./evidence.ts";
import { claimsDocument } from "./evidence-document.ts";
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

/** What a relying party knows and expects. */
export interface VerifyEvidenceOptions {
  /** The nonce that this party sent: 32 bytes that it never used before. */
  readonly nonce: Uint8Array;
  readonly policy: TrustPolicy;
  /** Moment of the evaluation; now unless given. */
  readonly at?: Date;
  /** Claims that must have these values; those left out are reported but not compared. */
  readonly expect?: {
    /** Any case. */
    readonly provider?: string;
    readonly chainId?: bigint | number;
    readonly tlsKey?: Uint8Array;
  };
}

const noPolicy = new Uint8Array(32);
/** Sections of a trust policy for each kind of evidence; all must be there. */
const sections = {
  "sev-snp": ["snp"],
  tdx: ["tdx"],
  "azure-snp": ["azure", "snp"],
  "azure-tdx": ["azure", "tdx"],
} as const satisfies Record<Evidence["kind"], readonly (keyof TrustPolicy)[]>;

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
  const { nonce, policy, expect = {} } = options;
  const { claims } = evidence;
  const at = new Date(Math.floor((options.at ?? new Date()).getTime() / 1000) * 1000);
  if (Number.isNaN(at.getTime()))
    throw new ApocError(attestationErrors.ENCODING, { field: "at", expected: "a valid date" });
  const digest = policyDigest(policy);
  // The caller's nonce, not the evidence's: what the report must bind never comes from the evidence alone.
  const bound = reportData(nonce, claims);

  const checks = new Checklist();
  await checks.check("EVIDENCE_KIND", () =>
    demand(
      sections[evidence.kind].every((section) => policy[section] !== undefined),
      "a kind the trust policy has a section for",
      evidence.kind,
    ),
  );
  await checks.check("NONCE_MISMATCH", () =>
    demand(equalBytes(evidence.nonce, nonce), toBase64(nonce), toBase64(evidence.nonce)),
  );
  const provider = expect.provider?.toLowerCase();
  if (provider === undefined) checks.notRequired("CLAIM_PROVIDER");
  else
    await checks.check("CLAIM_PROVIDER", () =>
      demand(claims.provider.toLowerCase() === provider, provider, claims.provider),
    );
  const { chainId, tlsKey } = expect;
  if (chainId === undefined) checks.notRequired("CLAIM_CHAIN_ID");
  else
    await checks.check("CLAIM_CHAIN_ID", () =>
      demand(claims.chainId === BigInt(chainId), `${chainId}`, `${claims.chainId}`),
    );
  await checks.check("CLAIM_TLS_KEY", () =>
    tlsKey === undefined
      ? demand(isTlsKey(claims.tlsKey), "a SubjectPublicKeyInfo or nothing", "other bytes")
      : demand(equalBytes(claims.tlsKey, tlsKey), toBase64(tlsKey), toBase64(claims.tlsKey)),
  );
  await checks.check("CLAIM_POLICY", () => {
    const named = [noPolicy, fromHex(digest)].some((value) => equalBytes(value, claims.policyDigest));
    return demand(named, `${digest}, or zeros`, toHex(claims.policyDigest));
  });
  await checks.check("WRAPPING_KEY", () =>
    demand(isP256Key(claims.wrappingKey), "an uncompressed P-256 SubjectPublicKeyInfo", "another key"),
  );

  const { development, expiresAt, ...found } = await verifyKind(evidence, policy, bound, at, checks);
  const expiry = Math.min(at.getTime() + policy.maxAge * 1000, expiresAt?.getTime() ?? at.getTime());
  return {
    version: 1,
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
