/** What a key verifies: RSASSA-PSS with SHA-384, MGF1-SHA-384 and salt 48, or ECDSA over a curve with its hash. */
export type SignatureScheme = "rsa-pss-sha384" | "ecdsa-p256-sha256" | "ecdsa-p384-sha384";
/** Schemes over an elliptic curve. */
export type EcdsaScheme = Exclude<SignatureScheme, "rsa-pss-sha384">;

/** A public key that the platform's cryptography has read, bound to the one scheme it is used with. */
export interface VerificationKey {
  readonly scheme: SignatureScheme;
  /** The platform's own key. */
  readonly handle: object;
}

/** Bytes of R ‖ S by scheme. */
export const ecdsaSignatureSize: Readonly<Record<EcdsaScheme, number>> = {
  "ecdsa-p256-sha256": 64,
  "ecdsa-p384-sha384": 96,
};
