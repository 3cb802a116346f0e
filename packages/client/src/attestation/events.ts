import type { AttestationResult } from "@apoc/attestation";
import type { Address } from "viem";

/** Evidence was appraised; `result` says whether it was affirmed. */
export interface EvidenceAppraised {
  readonly type: "evidence-appraised";
  readonly url: string;
  /** Account that the evidence names, checksummed (EIP-55). */
  readonly provider: Address;
  /** The nonce that the evidence answers, 32 bytes in lower-case hexadecimal. */
  readonly nonce: string;
  /** Lower-case hexadecimal SHA-256 of the wrapping key. */
  readonly keyId: string;
  readonly result: AttestationResult;
}

/** Events of attesting a provider. */
export type AttestationEvent = EvidenceAppraised;
