/** A report of the TEE with what is needed to verify it. */
export interface AttesterReport {
  readonly report: Uint8Array;
  /** DER. */
  readonly certificates: {
    readonly vek: Uint8Array;
    readonly intermediate: Uint8Array;
    readonly root: Uint8Array;
  };
  /** DER revocation list of the root. */
  readonly crl?: Uint8Array;
}

/** RATS attester: the TEE that this provider runs in. */
export interface Attester {
  /** True for one that protects nothing. */
  readonly development: boolean;
  /** A signed report over 64 bytes. @throws ATTESTER_UNREACHABLE, ATTESTER_ANSWER */
  report(reportData: Uint8Array): Promise<AttesterReport>;
  /** 32 bytes that only this guest on this machine gets for a context, the same after a restart. */
  deriveKey(context: string): Promise<Uint8Array>;
}
