import { JsonError, parseStrictJson, requireVersion } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { base64Schema } from "./base64-schema.ts";
import { type Claims, nonceSize } from "./claims.ts";
import { claimsSchema } from "./claims-document.ts";
import { hclReportLimit } from "./azure/hcl-report.ts";
import { pcrCount, tpmMessageLimit } from "./azure/tpm-quote.ts";
import type { TpmEvidence } from "./azure/verify.ts";
import { attestationErrors } from "./errors.ts";
import { issuerChainLimit, signedDocumentLimit, type TdxCollateral } from "./tdx/collateral.ts";
import { eventLogLimit } from "./tdx/event-log.ts";
import { quoteLimit } from "./tdx/quote.ts";
import { certificateLimit } from "./x509/certificate.ts";
import { revocationListLimit } from "./x509/revocation-list.ts";

/** Version of evidence, claims and report data. */
export const evidenceVersion = 2;

/** What evidence of every kind has (docs/spec/evidence.md, "Evidence"). Binary members are bytes in memory. */
interface EvidenceEnvelope {
  readonly version: typeof evidenceVersion;
  /** The 32 bytes of the asking party. */
  readonly nonce: Uint8Array;
  readonly claims: Claims;
}

/** Evidence of an SEV-SNP guest. */
export interface SevSnpEvidence extends EvidenceEnvelope {
  readonly kind: "sev-snp";
  /** The TEE's signed report. */
  readonly report: Uint8Array;
  /** DER: VCEK or VLEK, its ASK or ASVK, the ARK. */
  readonly certificates: {
    readonly vek: Uint8Array;
    readonly intermediate: Uint8Array;
    readonly root: Uint8Array;
  };
  /** DER revocation list of the root. */
  readonly crl?: Uint8Array;
}

/** Evidence of a TDX guest. */
export interface TdxGuestEvidence extends EvidenceEnvelope {
  readonly kind: "tdx";
  /** The TEE's signed quote, with its certificates. */
  readonly quote: Uint8Array;
  /** What Intel publishes about the platform. */
  readonly collateral?: TdxCollateral;
  /** CCEL event log of the guest's firmware. */
  readonly eventLog?: Uint8Array;
}

/** What Azure's paravisor and vTPM put around the evidence of the hardware. */
export interface AzureEnvelope extends EvidenceEnvelope {
  /** Content of NV index 0x01400001 of the vTPM. */
  readonly hclReport: Uint8Array;
  readonly tpm: TpmEvidence;
}

/** Evidence of an SEV-SNP guest of Azure; the report is in the HCL report. */
export interface AzureSnpEvidence extends AzureEnvelope, Pick<SevSnpEvidence, "certificates" | "crl"> {
  readonly kind: "azure-snp";
}

/** Evidence of a TDX guest of Azure; the quote is over the TD report that is in the HCL report. */
export interface AzureTdxEvidence
  extends AzureEnvelope,
    Pick<TdxGuestEvidence, "quote" | "collateral" | "eventLog"> {
  readonly kind: "azure-tdx";
}

/** What a provider answers to a nonce. */
export type Evidence = SevSnpEvidence | TdxGuestEvidence | AzureSnpEvidence | AzureTdxEvidence;

/** Kinds of evidence: values of `kind`. */
export const evidenceKinds = [
  "sev-snp",
  "tdx",
  "azure-snp",
  "azure-tdx",
] as const satisfies Evidence["kind"][];

/** Maximum number of characters of evidence as JSON text. */
export const evidenceLimit = 163_840;
const reportLimit = 4096;

const envelope = {
  version: z.literal(evidenceVersion),
  nonce: base64Schema(nonceSize, nonceSize),
  claims: claimsSchema,
};

const endorsements = {
  certificates: z.strictObject({
    vek: base64Schema(1, certificateLimit),
    intermediate: base64Schema(1, certificateLimit),
    root: base64Schema(1, certificateLimit),
  }),
  crl: base64Schema(1, revocationListLimit).optional(),
};

const snpEvidenceSchema = z.strictObject({
  ...envelope,
  kind: z.literal("sev-snp"),
  report: base64Schema(1, reportLimit),
  ...endorsements,
});

const signedJsonSchema = z.strictObject({
  text: z.string().min(1).max(signedDocumentLimit),
  signature: base64Schema(64, 64),
  issuerChain: z.array(base64Schema(1, certificateLimit)).min(1).max(issuerChainLimit),
});

/** JSON form of the collateral of a TDX quote. */
export const tdxCollateralSchema = z.strictObject({
  rootCrl: base64Schema(1, revocationListLimit),
  pckCrl: base64Schema(1, revocationListLimit),
  tcbInfo: signedJsonSchema,
  qeIdentity: signedJsonSchema,
});

const quoted = {
  quote: base64Schema(1, quoteLimit),
  collateral: tdxCollateralSchema.optional(),
  eventLog: base64Schema(1, eventLogLimit).optional(),
};

const tdxEvidenceSchema = z.strictObject({ ...envelope, kind: z.literal("tdx"), ...quoted });

const azure = {
  ...envelope,
  hclReport: base64Schema(1, hclReportLimit),
  tpm: z.strictObject({
    message: base64Schema(1, tpmMessageLimit),
    signature: base64Schema(256, 256),
    pcrs: z.array(base64Schema(32, 32)).length(pcrCount),
  }),
};

const evidenceForm = z.discriminatedUnion("kind", [
  snpEvidenceSchema,
  tdxEvidenceSchema,
  z.strictObject({ ...azure, kind: z.literal("azure-snp"), ...endorsements }),
  z.strictObject({ ...azure, kind: z.literal("azure-tdx"), ...quoted }),
]);

/** JSON form of evidence: the wire form. */
export type EvidenceDocument = z.input<typeof evidenceForm>;

/** Form of {@link Evidence}; gives the bytes of its binary members. */
export const evidenceSchema: z.ZodType<Evidence, EvidenceDocument> = evidenceForm.transform(defined);

/**
 * Parses evidence from JSON text or from its JSON value. Throws `EVIDENCE_VERSION` for another version,
 * `EVIDENCE_FORMAT` naming the field.
 */
export function parseEvidence(input: unknown): Evidence {
  const value = typeof input === "string" ? parseText(input) : input;
  requireVersion(value, evidenceVersion, attestationErrors.EVIDENCE_VERSION);
  const parsed = evidenceSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(issue?.path.map(String).join(".") ?? "", issue?.message ?? "evidence");
  }
  return parsed.data;
}

/** Without the members that are undefined, which the types of evidence leave out. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function parseText(text: string): unknown {
  if (text.length > evidenceLimit) throw invalid("", `at most ${evidenceLimit} characters`);
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw invalid("", cause instanceof JsonError ? cause.expected : "JSON");
  }
}

function invalid(field: string, expected: string): ApocError {
  return new ApocError(attestationErrors.EVIDENCE_FORMAT, {
    field: field || "evidence",
    expected,
    actual: "another value",
  });
}
