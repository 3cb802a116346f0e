/** A root that the verification of a TDX quote may end at. */
export interface TdxRoot {
  /** Lower-case hexadecimal SHA-256 of the DER certificate. */
  readonly sha256: string;
  /** A root of somebody's development PKI, which certifies no TEE. */
  readonly development: boolean;
  /** Whether revocation lists, TCB info and enclave identity are needed; only a development root may do without. */
  readonly collateral: "required" | "none";
}

/** The Intel SGX Root CA, pinned by the fingerprint of its certificate. */
export const intelRoot: TdxRoot = {
  sha256: "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3",
  development: false,
  collateral: "required",
};
