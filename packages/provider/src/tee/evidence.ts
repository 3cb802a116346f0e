import { randomBytes } from "node:crypto";
import {
  type Claims,
  type Evidence,
  evidenceDocument,
  evidenceVersion,
  isHpkeKey,
  isMeterKey,
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
import type { KeyBinding } from "./derived-keys.ts";
import type { ProviderKeys } from "./provider-keys.ts";

/** What this provider's evidence binds beside the nonce. */
export interface EvidenceSubject extends KeyBinding {
  readonly keys: ProviderKeys;
  /** SubjectPublicKeyInfo (DER) of the TLS endpoint; empty where there is none. */
  readonly tlsKey: Uint8Array;
}

/** The claims as docs/spec/evidence.md has them, of a provider on one machine: its node policy digest is zero. */
export function claimsOf(subject: EvidenceSubject): Claims {
  const { keys, tlsKey, chainId, provider, configurationDigest } = subject;
  return {
    wrappingKey: keys.wrapping.spki,
    hpkeKey: keys.hpke.publicKey,
    meterKey: keys.meter.publicKey,
    tlsKey,
    chainId: BigInt(chainId),
    provider: provider.toLowerCase() as Address,
    configurationDigest,
    nodePolicyDigest: new Uint8Array(32),
  };
}

/** Answers a nonce of 32 bytes. @throws ATTESTER_UNREACHABLE, ATTESTER_ANSWER */
export async function answerNonce(
  attester: Attester,
  subject: EvidenceSubject,
  nonce: Uint8Array,
): Promise<SevSnpEvidence | TdxGuestEvidence> {
  const claims = claimsOf(subject);
  return { version: evidenceVersion, nonce, claims, ...(await attester.report(reportData(nonce, claims))) };
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
    const { wrappingKey, hpkeKey, meterKey } = evidence.claims;
    if (!isP256Key(wrappingKey)) throw new Error("the wrapping key is no P-256 key");
    if (!isHpkeKey(hpkeKey)) throw new Error("the HPKE key is no P-256 key");
    if (!isMeterKey(meterKey)) throw new Error("the meter key is no secp256k1 key");
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
