import { providerKeyId } from "@apoc/attestation";
import { concatBytes, fromHex, toBase64Url } from "@apoc/encoding";
import { p256 } from "@noble/curves/nist.js";
import { type KeyBinding, keySeed } from "./derived-keys.ts";

/** SubjectPublicKeyInfo (RFC 5480, id-ecPublicKey, secp256r1) up to the uncompressed point. */
const spkiPrefix = fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200");

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
 * The wrapping key of a derived key: the same after a restart of the same guest with the same configuration, so that
 * grants stay valid. It is stored nowhere.
 */
export async function wrappingKeyOf(derivedKey: Uint8Array, binding: KeyBinding): Promise<WrappingKey> {
  const seed = keySeed(derivedKey, "apoc-wrapping-key-v2", binding);
  const scalar = p256.utils.randomSecretKey(seed);
  const point = p256.getPublicKey(scalar, false);
  const spki = concatBytes(spkiPrefix, point);
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: toBase64Url(scalar),
    x: toBase64Url(point.subarray(1, 33)),
    y: toBase64Url(point.subarray(33)),
  };
  const privateKey = await crypto.subtle.importKey("jwk", jwk, { name: "ECDH", namedCurve: "P-256" }, false, [
    "deriveBits",
  ]);
  for (const bytes of [seed, scalar]) bytes.fill(0);
  return { privateKey, spki, keyId: providerKeyId(spki) };
}
