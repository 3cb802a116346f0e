import { digestToBytes32, type Grant } from "@apoc/core";
import type { Digest } from "@apoc/oci";
import { encodeAbiParameters, type Hex, keccak256 } from "viem";

/** Latest `notAfter` that a floor can name: uint64. */
export const forever = (1n << 64n) - 1n;

/** Scope of `Marketplace.revokeGrants`: all grants of an image, or those for one provider key. */
export function revocationScope(image: Digest, keyId?: string): Hex {
  const digest = digestToBytes32(image);
  if (keyId === undefined) return digest;
  return keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "bytes32" }], [digest, `0x${keyId}`]));
}

/**
 * The floor that voids all known grants and no later ones: the latest `notAfter` among them, and not before now, so
 * that it is never without effect. Seconds.
 */
export function revocationFloor(grants: readonly Grant[], now: number): bigint {
  return BigInt(Math.max(now, ...grants.map(({ notAfter }) => notAfter)));
}
