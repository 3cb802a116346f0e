import { fromHex, patterns, toBase64, toHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { base64Schema } from "./base64-schema.ts";
import type { Claims } from "./claims.ts";
import { hpkeKeyLimit, tlsKeyLimit } from "./claim-keys.ts";
import { attestationErrors } from "./errors.ts";

const digest = z
  .string()
  .regex(patterns.hex32, "expected 32 bytes in lower-case hexadecimal")
  .transform((text) => fromHex(text));

/** JSON form of {@link Claims}. */
export const claimsSchema = z.strictObject({
  wrappingKey: base64Schema(1, tlsKeyLimit),
  hpkeKey: base64Schema(1, hpkeKeyLimit),
  meterKey: base64Schema(33, 33),
  tlsKey: base64Schema(0, tlsKeyLimit),
  chainId: z.int().min(1).transform(BigInt),
  provider: z
    .string()
    .regex(patterns.lowerCaseAddress, "expected 0x and 40 lower-case hexadecimal digits")
    .transform((text) => text as `0x${string}`),
  configurationDigest: digest,
  nodePolicyDigest: digest,
});

/** JSON form of claims: keys base64, digests hexadecimal. */
export type ClaimsDocument = z.input<typeof claimsSchema>;

/** The JSON form of claims. Throws `ENCODING` for a chain id that JSON numbers cannot hold exactly. */
export function claimsDocument(claims: Claims): ClaimsDocument {
  const chainId = Number(claims.chainId);
  if (!Number.isSafeInteger(chainId)) {
    throw new ApocError(attestationErrors.ENCODING, {
      field: "claims.chainId",
      expected: "at most 2^53 - 1",
    });
  }
  return {
    wrappingKey: toBase64(claims.wrappingKey),
    hpkeKey: toBase64(claims.hpkeKey),
    meterKey: toBase64(claims.meterKey),
    tlsKey: toBase64(claims.tlsKey),
    chainId,
    provider: claims.provider.toLowerCase(),
    configurationDigest: toHex(claims.configurationDigest),
    nodePolicyDigest: toHex(claims.nodePolicyDigest),
  };
}
