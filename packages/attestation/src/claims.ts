import { fromHex, patterns, readSequence, toHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { p256 } from "@noble/curves/nist.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { attestationErrors } from "./errors.ts";

/** What a provider binds into evidence besides the nonce (docs/spec/evidence.md, "Claims"). */
export interface Claims {
  /** SubjectPublicKeyInfo (DER) of the P-256 key that grants and secrets are encrypted to; 91 bytes. */
  readonly wrappingKey: Uint8Array;
  /** SubjectPublicKeyInfo (DER) of the key of the provider's TLS endpoint; empty when it has none. */
  readonly tlsKey: Uint8Array;
  /** EIP-155 id of the chain whose channels the provider accepts. */
  readonly chainId: bigint;
  /** Account of the provider on that chain: `0x` and 40 hexadecimal digits of any case. */
  readonly provider: `0x${string}`;
  /** SHA-256 of the trust policy the asking party named, or 32 zero bytes. */
  readonly policyDigest: Uint8Array;
}

/** Bytes of a nonce. */
export const nonceSize = 32;
/** Most bytes of the SubjectPublicKeyInfo of a TLS key. */
export const tlsKeyLimit = 1024;

const label = new TextEncoder().encode("apoc-attest-v1\0");
/** SubjectPublicKeyInfo up to and with the 0x04 of the uncompressed point (RFC 5480, id-ecPublicKey, secp256r1). */
const p256Prefix = fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

/**
 * The 64 bytes that go into the report data of the TEE:
 * `SHA-512("apoc-attest-v1\0" ‖ for each field: u32 big-endian length ‖ bytes)`, the fields being nonce, wrapping key,
 * TLS key, chain id (32 bytes big-endian), provider (20 bytes), policy digest. The lengths keep fields apart.
 * Throws `ENCODING` naming the field that has the wrong size.
 */
export function reportData(nonce: Uint8Array, claims: Claims): Uint8Array {
  const hash = sha512.create().update(label);
  for (const field of [
    sized(nonce, nonceSize, "nonce"),
    claims.wrappingKey,
    claims.tlsKey,
    chainIdBytes(claims.chainId),
    addressBytes(claims.provider),
    sized(claims.policyDigest, 32, "claims.policyDigest"),
  ]) {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, field.length);
    hash.update(length).update(field);
  }
  return hash.digest();
}

/** Id of a provider's wrapping key: lower-case hexadecimal SHA-256 of its SubjectPublicKeyInfo. */
export function providerKeyId(wrappingKey: Uint8Array): string {
  return toHex(sha256(wrappingKey));
}

/** Whether these bytes are the SubjectPublicKeyInfo of a P-256 key, uncompressed, with its point on the curve. */
export function isP256Key(spki: Uint8Array): boolean {
  if (spki.length !== 91 || !p256Prefix.every((byte, index) => spki[index] === byte)) return false;
  try {
    p256.Point.fromBytes(spki.subarray(p256Prefix.length - 1)).assertValidity();
    return true;
  } catch {
    return false;
  }
}

/** Whether these bytes are one DER SEQUENCE of at most {@link tlsKeyLimit} bytes, or none at all. */
export function isTlsKey(spki: Uint8Array): boolean {
  if (spki.length === 0) return true;
  if (spki.length > tlsKeyLimit) return false;
  try {
    readSequence(spki);
    return true;
  } catch {
    return false;
  }
}

function chainIdBytes(chainId: bigint): Uint8Array {
  if (chainId < 1n || chainId >= 1n << 256n) {
    throw new ApocError(attestationErrors.ENCODING, { field: "claims.chainId", expected: "1 to 2^256 - 1" });
  }
  return fromHex(chainId.toString(16).padStart(64, "0"));
}

function addressBytes(address: string): Uint8Array {
  if (!patterns.address.test(address)) {
    const expected = "0x and 40 hexadecimal digits";
    throw new ApocError(attestationErrors.ENCODING, { field: "claims.provider", expected, actual: address });
  }
  return fromHex(address.slice(2).toLowerCase());
}

function sized(bytes: Uint8Array, size: number, field: string): Uint8Array {
  if (bytes.length === size) return bytes;
  const details = { field, expected: `${size} bytes`, actual: `${bytes.length} bytes` };
  throw new ApocError(attestationErrors.ENCODING, details);
}
