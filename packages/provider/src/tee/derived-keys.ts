import { addressBytes, chainIdBytes } from "@apoc/attestation";
import { concatBytes } from "@apoc/encoding";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Address } from "viem";

/** What a derived key belongs to beside the guest: docs/spec/evidence.md, "Keys". */
export interface KeyBinding {
  /** 32 bytes. */
  readonly configurationDigest: Uint8Array;
  readonly chainId: number;
  readonly provider: Address;
}

/** Bytes from which a scalar of a 256-bit curve is reduced (FIPS 186-5, A.2.1, "extra random bits"). */
const seedSize = 48;

/**
 * HKDF-SHA256 (RFC 5869) of the TEE's derived key: empty salt, `info` = label, a zero byte, configuration digest, chain
 * id (32 bytes, big-endian) and provider (20 bytes). The same guest with another configuration, chain or account gets
 * another key. Gives 48 bytes.
 */
export function keySeed(derivedKey: Uint8Array, label: string, binding: KeyBinding): Uint8Array {
  const { configurationDigest, chainId, provider } = binding;
  if (configurationDigest.length !== 32) throw new RangeError("a configuration digest has 32 bytes");
  const info = concatBytes(
    new TextEncoder().encode(`${label}\0`),
    configurationDigest,
    chainIdBytes(BigInt(chainId)),
    addressBytes(provider),
  );
  return hkdf(sha256, derivedKey, undefined, info, seedSize);
}
