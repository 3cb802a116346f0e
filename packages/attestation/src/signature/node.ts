import { constants, createPublicKey, type KeyObject, verify } from "node:crypto";
import { der, fromHex, writePem } from "@apoc/encoding";
import { type EcdsaScheme, ecdsaSignatureSize, type VerificationKey } from "./verification-key.ts";

/*
 * The same operations as in portable.ts, by OpenSSL on the calling thread: a verification takes some tenths of a
 * millisecond, and WebCrypto's way through the thread pool and back costs as much again. Keys go in as PEM text and
 * ECDSA signatures as DER because Node tells what kind of argument it was given by catching exceptions; texts and bare
 * keys are recognised before that, which saves a third of the import of a key.
 */

/** By scheme: SubjectPublicKeyInfo up to the point (RFC 5480), bytes of the point, hash. */
const curves: Record<
  EcdsaScheme,
  { readonly prefix: Uint8Array; readonly size: number; readonly hash: string }
> = {
  "ecdsa-p256-sha256": {
    prefix: fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
    size: 65,
    hash: "sha256",
  },
  "ecdsa-p384-sha384": {
    prefix: fromHex("3076301006072a8648ce3d020106052b81040022036200"),
    size: 97,
    hash: "sha384",
  },
};

/** An RSA key from its SubjectPublicKeyInfo (DER). Rejects when the bytes are no RSA key. By OpenSSL. */
export async function importRsaKey(spki: Uint8Array<ArrayBuffer>): Promise<VerificationKey> {
  const handle = readKey(spki);
  if (handle.asymmetricKeyType !== "rsa") throw new TypeError("not an RSA key");
  return Object.freeze({ scheme: "rsa-pss-sha384", handle });
}

/** A key from its point, 0x04 ‖ X ‖ Y. Rejects a point of another form or not on the curve. By OpenSSL. */
export async function importEcdsaKey(
  scheme: EcdsaScheme,
  point: Uint8Array<ArrayBuffer>,
): Promise<VerificationKey> {
  const { prefix, size } = curves[scheme];
  if (point.length !== size || point[0] !== 4) throw new TypeError("not an uncompressed point");
  const spki = new Uint8Array(prefix.length + size);
  spki.set(prefix);
  spki.set(point, prefix.length);
  return Object.freeze({ scheme, handle: readKey(spki) });
}

/** Whether a signature (ECDSA: R ‖ S) over these exact bytes holds. By OpenSSL. */
export async function verifySignature(
  { scheme, handle }: VerificationKey,
  signature: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const key = handle as KeyObject;
  if (scheme === "rsa-pss-sha384") {
    // RFC 8017, section 8.1.2, step 1: OpenSSL takes a signature without its leading zeros as well.
    if (signature.length * 8 !== key.asymmetricKeyDetails?.modulusLength) return false;
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    return verify("sha384", bytes, { key, padding, saltLength: 48 }, signature);
  }
  if (signature.length !== ecdsaSignatureSize[scheme]) return false;
  return verify(curves[scheme].hash, bytes, key, ecdsaSignatureDer(signature));
}

function readKey(spki: Uint8Array<ArrayBuffer>): KeyObject {
  return createPublicKey(writePem("PUBLIC KEY", spki));
}

/** SEQUENCE of two INTEGERs (RFC 3279, section 2.2.3). */
function ecdsaSignatureDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  return der.sequence(der.unsigned(signature.subarray(0, half)), der.unsigned(signature.subarray(half)));
}
