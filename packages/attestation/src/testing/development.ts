import { fromBase64 } from "@apoc/encoding";
import { type EvidenceDocument, parseEvidence, type SevSnpEvidence } from "../evidence.ts";
import { parseTrustPolicy, type TrustPolicy } from "../policy.ts";
import document from "./development.json" with { type: "json" };

interface DevelopmentVectors {
  readonly at: string;
  readonly rootSha256: string;
  readonly measurement: string;
  readonly policy: string;
  readonly evidence: Extract<EvidenceDocument, { readonly kind: "sev-snp" }>;
  readonly crls: Record<"empty" | "intermediateRevoked" | "serialZero", string>;
}

/** Evidence of a development attester whose keys no longer exist, made by test/conformance/attestation. */
export const vectors: DevelopmentVectors = document as DevelopmentVectors;

export const evidence: SevSnpEvidence = snpOnly(vectors.evidence);
export const nonce: Uint8Array = evidence.nonce;
export const at: Date = new Date(vectors.at);
export const policy: TrustPolicy = parseTrustPolicy(vectors.policy);
export const crl = (name: keyof DevelopmentVectors["crls"]): Uint8Array => fromBase64(vectors.crls[name]);

/** The policy with a revocation list required for the development root. */
export const policyWithRevocation: TrustPolicy = parseTrustPolicy(
  vectors.policy.replace("revocation: none", "revocation: required"),
);

/** A copy with one bit changed. */
export function flip(bytes: Uint8Array, offset: number, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[offset] = copy[offset]! ^ (1 << bit);
  return copy;
}

function snpOnly(document: EvidenceDocument): SevSnpEvidence {
  const parsed = parseEvidence(document);
  if (parsed.kind !== "sev-snp") throw new TypeError("the development vectors are SEV-SNP");
  return parsed;
}
