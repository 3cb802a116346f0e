import type { SevSnpEvidence, TdxGuestEvidence } from "@apoc/attestation";

type WithoutEnvelope<E> = E extends unknown ? Omit<E, "version" | "nonce" | "claims"> : never;

/** A report of the TEE with what is needed to verify it: evidence without what the provider adds. */
export type AttesterReport = WithoutEnvelope<SevSnpEvidence | TdxGuestEvidence>;

/** RATS attester: the TEE that this provider runs in. */
export interface Attester {
  /** True for one that protects nothing. */
  readonly development: boolean;
  /**
   * How long derived keys last. `guest`: the same guest gets them again after a restart. `process`: until this process
   * ends, and with it every grant. `guest` unless stated.
   */
  readonly keyLifetime?: "guest" | "process";
  /** A signed report over 64 bytes. @throws ATTESTER_UNREACHABLE, ATTESTER_ANSWER, TEE_MISSING, TEE_REPORT */
  report(reportData: Uint8Array): Promise<AttesterReport>;
  /**
   * The TEE's derived key, 32 bytes: what the hardware gives only to a guest with this measurement and guest policy on
   * this machine, for as long as {@link keyLifetime} says. Callers may overwrite it.
   */
  deriveKey(): Promise<Uint8Array>;
}
