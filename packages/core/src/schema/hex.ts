import { patterns } from "@apoc/encoding";
import type { Digest } from "@apoc/oci";
import { type Address, getAddress, type Hex } from "viem";
import { z } from "zod";

/** An account in any case, as wallets and people write it; gives the EIP-55 form. */
export const addressSchema = z
  .string()
  .regex(patterns.address, "an address: 0x and 40 hex digits")
  .transform((text): Address => getAddress(text.toLowerCase()));

/** An account that must be in EIP-55 form already: for documents whose bytes are hashed or signed. */
export const checksumAddressSchema = z
  .string()
  .refine(
    (text) => patterns.address.test(text) && getAddress(text.toLowerCase()) === text,
    "an address in EIP-55 form",
  )
  .transform((text) => text as Address);

/** A word of the chain: a hash, a channel id, a pod id. */
export const bytes32Schema = z
  .string()
  .regex(patterns.bytes32, "0x and 64 lower-case hex digits")
  .transform((text) => text as Hex);

/** 32 bytes without prefix: the id of a provider's wrapping key. */
export const keyIdSchema = z.string().regex(patterns.hex32, "64 lower-case hex digits");

/** An OCI digest of SHA-256. */
export const sha256DigestSchema = z
  .string()
  .regex(patterns.sha256Digest, "sha256: and 64 lower-case hex digits")
  .transform((text) => text as Digest);

/** A signature of an account: 65 bytes of a key, or up to 4096 that a contract checks (ERC-1271, ERC-6492). */
export const signatureSchema = z
  .string()
  .max(2 + 2 * 4096)
  .regex(patterns.prefixedHex, "0x and lower-case hex digits")
  .min(4)
  .transform((text) => text as Hex);
