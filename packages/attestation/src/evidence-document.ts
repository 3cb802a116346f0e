import { toBase64 } from "@apoc/encoding";
import type { z } from "zod";
import { claimsDocument } from "./claims-document.ts";
import type {
  AzureEnvelope,
  Evidence,
  EvidenceDocument,
  SevSnpEvidence,
  TdxGuestEvidence,
  tdxCollateralSchema,
} from "./evidence.ts";
import type { SignedJson, TdxCollateral } from "./tdx/collateral.ts";
import { canonicalDigest } from "./canonical-digest.ts";

/** The JSON form of evidence. */
export function evidenceDocument(evidence: Evidence): EvidenceDocument {
  const head = {
    version: evidence.version,
    nonce: toBase64(evidence.nonce),
    claims: claimsDocument(evidence.claims),
  } as const;
  switch (evidence.kind) {
    case "sev-snp":
      return {
        ...head,
        kind: evidence.kind,
        report: toBase64(evidence.report),
        ...endorsementsDocument(evidence),
      };
    case "tdx":
      return { ...head, kind: evidence.kind, ...quoteDocument(evidence) };
    case "azure-snp":
      return { ...head, kind: evidence.kind, ...azureDocument(evidence), ...endorsementsDocument(evidence) };
    case "azure-tdx":
      return { ...head, kind: evidence.kind, ...azureDocument(evidence), ...quoteDocument(evidence) };
  }
}

function endorsementsDocument({ certificates, crl }: Pick<SevSnpEvidence, "certificates" | "crl">) {
  const { vek, intermediate, root } = certificates;
  return {
    certificates: { vek: toBase64(vek), intermediate: toBase64(intermediate), root: toBase64(root) },
    ...(crl === undefined ? {} : { crl: toBase64(crl) }),
  };
}

function quoteDocument({
  quote,
  collateral,
  eventLog,
}: Pick<TdxGuestEvidence, "quote" | "collateral" | "eventLog">) {
  return {
    quote: toBase64(quote),
    ...(collateral === undefined ? {} : { collateral: tdxCollateralDocument(collateral) }),
    ...(eventLog === undefined ? {} : { eventLog: toBase64(eventLog) }),
  };
}

function azureDocument({ hclReport, tpm }: AzureEnvelope) {
  const { message, signature, pcrs } = tpm;
  return {
    hclReport: toBase64(hclReport),
    tpm: { message: toBase64(message), signature: toBase64(signature), pcrs: pcrs.map(toBase64) },
  };
}

/** The JSON form of the collateral of a TDX quote. */
export function tdxCollateralDocument(collateral: TdxCollateral): z.input<typeof tdxCollateralSchema> {
  const document = ({ text, signature, issuerChain }: SignedJson) => ({
    text,
    signature: toBase64(signature),
    issuerChain: issuerChain.map(toBase64),
  });
  return {
    rootCrl: toBase64(collateral.rootCrl),
    pckCrl: toBase64(collateral.pckCrl),
    tcbInfo: document(collateral.tcbInfo),
    qeIdentity: document(collateral.qeIdentity),
  };
}

/** Lower-case hexadecimal SHA-256 of the canonical JSON of evidence. */
export function evidenceDigest(evidence: Evidence): string {
  return canonicalDigest(evidenceDocument(evidence));
}
