import { providerKeyId } from "@apoc/attestation";
import { p256 } from "@noble/curves/nist.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Attester } from "./attester.ts";

const context = "apoc wrapping key v1";
/** SubjectPublicKeyInfo (RFC 5480, id-ecPublicKey, secp256r1) up to the uncompressed point. */
const spkiPrefix = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");

/** The key that grants and secrets are encrypted to. */
export interface WrappingKey {
  /** For `jose`; not extractable. */
  readonly privateKey: CryptoKey;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** Lower-case hex sha256 of the SPKI. */
  readonly keyId: string;
}

/**
 * Derives the wrapping key from the TEE's identity: the same guest on the same machine has the same key after a
 * restart, so grants stay valid, and the key itself is stored nowhere. HKDF-SHA256 (RFC 5869) of the derived secret,
 * empty salt, 48 bytes, reduced to a scalar (FIPS 186-5, A.2.1 "extra random bits").
 */
export async function deriveWrappingKey(attester: Attester): Promise<WrappingKey> {
  const secret = await attester.deriveKey(context);
  const seed = hkdf(sha256, secret, undefined, new TextEncoder().encode(context), 48);
  const scalar = p256.utils.randomSecretKey(seed);
  const point = p256.getPublicKey(scalar, false);
  const spki = new Uint8Array(Buffer.concat([spkiPrefix, point]));
  const coordinate = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: coordinate(scalar),
    x: coordinate(point.subarray(1, 33)),
    y: coordinate(point.subarray(33)),
  };
  const privateKey = await crypto.subtle.importKey("jwk", jwk, { name: "ECDH", namedCurve: "P-256" }, false, [
    "deriveBits",
  ]);
  for (const bytes of [secret, seed, scalar]) bytes.fill(0);
  return { privateKey, spki, keyId: providerKeyId(spki) };
}
