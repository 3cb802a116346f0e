import { fromHex, readSequence, toHex } from "@apoc/encoding";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

/** Maximum number of bytes of the SubjectPublicKeyInfo of a TLS key. */
export const tlsKeyLimit = 1024;
/** Maximum number of bytes of an HPKE key. */
export const hpkeKeyLimit = 2048;
/** DHKEM(P-256, HKDF-SHA256), RFC 9180, section 7.1: the KEM of an HPKE key. */
export const hpkeKem = 0x0010;

/** SubjectPublicKeyInfo up to and with the 0x04 of the uncompressed point (RFC 5480, id-ecPublicKey, secp256r1). */
const p256Prefix = fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

/** Id of a provider's wrapping key: lower-case hexadecimal SHA-256 of its SubjectPublicKeyInfo. */
export function providerKeyId(wrappingKey: Uint8Array): string {
  return toHex(sha256(wrappingKey));
}

/** Whether these bytes are the SubjectPublicKeyInfo of a P-256 key, uncompressed, with its point on the curve. */
export function isP256Key(spki: Uint8Array): boolean {
  if (spki.length !== 91 || !p256Prefix.every((byte, index) => spki[index] === byte)) return false;
  return isP256Point(spki.subarray(p256Prefix.length - 1));
}

/** Whether these bytes are the id of {@link hpkeKem}, big-endian, and an uncompressed point on its curve. */
export function isHpkeKey(bytes: Uint8Array): boolean {
  if (bytes.length !== 67 || bytes[0] !== hpkeKem >> 8 || bytes[1] !== (hpkeKem & 0xff)) return false;
  return bytes[2] === 4 && isP256Point(bytes.subarray(2));
}

/** Whether these bytes are a compressed point of secp256k1. */
export function isMeterKey(bytes: Uint8Array): boolean {
  return bytes.length === 33 && parses(() => secp256k1.Point.fromBytes(bytes).assertValidity());
}

/** Account of a meter key, `0x` and lower-case: what channels name. The key must be one ({@link isMeterKey}). */
export function meterAddress(meterKey: Uint8Array): `0x${string}` {
  const point = secp256k1.Point.fromBytes(meterKey).toBytes(false);
  return `0x${toHex(keccak_256(point.subarray(1)).subarray(12))}`;
}

/** Whether these bytes are one DER SEQUENCE of at most {@link tlsKeyLimit} bytes, or none at all. */
export function isTlsKey(spki: Uint8Array): boolean {
  if (spki.length === 0) return true;
  if (spki.length > tlsKeyLimit) return false;
  return parses(() => readSequence(spki));
}

function isP256Point(bytes: Uint8Array): boolean {
  return parses(() => p256.Point.fromBytes(bytes).assertValidity());
}

function parses(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
