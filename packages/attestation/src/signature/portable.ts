import { type EcdsaScheme, ecdsaSignatureSize, type VerificationKey } from "./verification-key.ts";

const curves: Record<EcdsaScheme, { readonly namedCurve: string; readonly hash: string }> = {
  "ecdsa-p256-sha256": { namedCurve: "P-256", hash: "SHA-256" },
  "ecdsa-p384-sha384": { namedCurve: "P-384", hash: "SHA-384" },
};

/** An RSA key from its SubjectPublicKeyInfo (DER). Rejects when the bytes are no RSA key. By WebCrypto. */
export async function importRsaKey(spki: Uint8Array<ArrayBuffer>): Promise<VerificationKey> {
  const algorithm = { name: "RSA-PSS", hash: "SHA-384" };
  const handle = await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);
  return Object.freeze({ scheme: "rsa-pss-sha384", handle });
}

/** A key from its point, 0x04 ‖ X ‖ Y. Rejects a point of another form or not on the curve. By WebCrypto. */
export async function importEcdsaKey(
  scheme: EcdsaScheme,
  point: Uint8Array<ArrayBuffer>,
): Promise<VerificationKey> {
  if (point[0] !== 4) throw new TypeError("not an uncompressed point");
  const algorithm = { name: "ECDSA", namedCurve: curves[scheme].namedCurve };
  const handle = await crypto.subtle.importKey("raw", point, algorithm, false, ["verify"]);
  return Object.freeze({ scheme, handle });
}

/** Whether a signature (ECDSA: R ‖ S) over these exact bytes holds. By WebCrypto. */
export async function verifySignature(
  { scheme, handle }: VerificationKey,
  signature: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const key = handle as CryptoKey;
  if (scheme === "rsa-pss-sha384") {
    // RFC 8017, section 8.1.2, step 1: where OpenSSL does it, one without its leading zeros would be taken as well.
    const { modulusLength } = key.algorithm as RsaHashedKeyAlgorithm;
    if (signature.length * 8 !== modulusLength) return false;
    return crypto.subtle.verify({ name: "RSA-PSS", saltLength: 48 }, key, signature, bytes);
  }
  if (signature.length !== ecdsaSignatureSize[scheme]) return false;
  return crypto.subtle.verify({ name: "ECDSA", hash: curves[scheme].hash }, key, signature, bytes);
}
