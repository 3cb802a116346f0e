import { randomBytes } from "node:crypto";
import {
  type Claims,
  type Evidence,
  evidenceDocument,
  isP256Key,
  parseEvidence,
  parseQuote,
  readReport,
  reportData,
  type SevSnpEvidence,
  type TdxGuestEvidence,
} from "@apoc/attestation";
import { ApocError } from "@apoc/errors";
import type { Address } from "viem";
import { providerErrors } from "../errors.ts";
import type { Attester } from "./attester.ts";

/** What this provider's evidence binds besides the nonce. */
export interface EvidenceSubject {
  readonly wrappingKey: Uint8Array;
  readonly tlsKey: Uint8Array;
  readonly chainId: number;
  readonly provider: Address;
}

/** The claims as docs/spec/evidence.md has them; no trust policy of an asking party is named, so its digest is zero. */
export function claimsOf({ wrappingKey, tlsKey, chainId, provider }: EvidenceSubject): Claims {
  return {
    wrappingKey,
    tlsKey,
    chainId: BigInt(chainId),
    provider: provider.toLowerCase() as Address,
    policyDigest: new Uint8Array(32),
  };
}

/** Answers a nonce of 32 bytes. @throws ATTESTER_UNREACHABLE, ATTESTER_ANSWER */
export async function answerNonce(
  attester: Attester,
  subject: EvidenceSubject,
  nonce: Uint8Array,
): Promise<SevSnpEvidence | TdxGuestEvidence> {
  const claims = claimsOf(subject);
  return { version: 1, nonce, claims, ...(await attester.report(reportData(nonce, claims))) };
}

/**
 * Makes sure at start that what others will be shown has the documented shape and binds what it should: an attester
 * that is misconfigured is found before a developer meets it.
 * @throws ATTESTER_ANSWER
 */
export async function checkOwnEvidence(attester: Attester, subject: EvidenceSubject): Promise<Evidence> {
  const nonce = new Uint8Array(randomBytes(32));
  const evidence = await answerNonce(attester, subject, nonce);
  const bound = reportData(nonce, claimsOf(subject));
  try {
    parseEvidence(JSON.stringify(evidenceDocument(evidence)));
    const found =
      evidence.kind === "tdx"
        ? parseQuote(evidence.quote).body.reportData
        : readReport(evidence.report)?.reportData;
    if (found === undefined || Buffer.compare(found, bound) !== 0)
      throw new Error("the report binds other data");
    if (!isP256Key(subject.wrappingKey)) throw new Error("the wrapping key is no P-256 key");
  } catch (cause) {
    throw new ApocError(providerErrors.ATTESTER_ANSWER, {
      field: "report",
      expected: "evidence that binds nonce, keys, chain and provider",
      actual: cause instanceof Error ? cause.message : "something else",
      cause,
    });
  }
  return evidence;
}
