import { fromHex, patterns } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { sha512 } from "@noble/hashes/sha2.js";
import { attestationErrors } from "./errors.ts";

/** What a provider binds into evidence beside the nonce (docs/spec/evidence.md, "Claims and report data"). */
export interface Claims {
  /** SubjectPublicKeyInfo (DER) of the P-256 key that grants and secrets are encrypted to; 91 bytes. */
  readonly wrappingKey: Uint8Array;
  /** KEM id and public key that requests are sealed to (RFC 9180); another one in every process. */
  readonly hpkeKey: Uint8Array;
  /** Compressed secp256k1 point of the key that signs metered usage; its account is what channels name; 33 bytes. */
  readonly meterKey: Uint8Array;
  /** SubjectPublicKeyInfo (DER) of the key of the provider's TLS endpoint; empty when it has none. */
  readonly tlsKey: Uint8Array;
  /** EIP-155 id of the chain whose channels the provider accepts. */
  readonly chainId: bigint;
  /** Account of the provider on that chain: `0x` and 40 hexadecimal digits of any case. */
  readonly provider: `0x${string}`;
  /** SHA-256 of the canonical form of the operator's configuration. */
  readonly configurationDigest: Uint8Array;
  /** SHA-256 of the policy for nodes that keys are handed to; 32 zero bytes on one machine. */
  readonly nodePolicyDigest: Uint8Array;
}

/** Bytes of a nonce. */
export const nonceSize = 32;

const label = new TextEncoder().encode("apoc-attest-v2\0");

/**
 * The 64 bytes that go into the report data of the TEE:
 * `SHA-512("apoc-attest-v2\0" ‖ for each field: u32 big-endian length ‖ bytes)`, the fields being the nonce and the
 * claims in their order, chain id as 32 bytes big-endian, provider as 20 bytes. The lengths keep fields apart.
 * Throws `ENCODING` naming the field that has the wrong size.
 */
export function reportData(nonce: Uint8Array, claims: Claims): Uint8Array {
  const hash = sha512.create().update(label);
  for (const field of [
    sized(nonce, nonceSize, "nonce"),
    claims.wrappingKey,
    claims.hpkeKey,
    claims.meterKey,
    claims.tlsKey,
    chainIdBytes(claims.chainId),
    addressBytes(claims.provider),
    sized(claims.configurationDigest, 32, "claims.configurationDigest"),
    sized(claims.nodePolicyDigest, 32, "claims.nodePolicyDigest"),
  ]) {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, field.length);
    hash.update(length).update(field);
  }
  return hash.digest();
}

/** A chain id as 32 bytes, big-endian. Throws `ENCODING`. */
export function chainIdBytes(chainId: bigint): Uint8Array {
  if (chainId < 1n || chainId >= 1n << 256n) {
    throw new ApocError(attestationErrors.ENCODING, { field: "claims.chainId", expected: "1 to 2^256 - 1" });
  }
  return fromHex(chainId.toString(16).padStart(64, "0"));
}

/** The 20 bytes of an account in any case. Throws `ENCODING`. */
export function addressBytes(address: string): Uint8Array {
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
