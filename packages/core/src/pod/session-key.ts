import { fromHex, toHex } from "@apoc/encoding";
import type { Hex } from "viem";
import { z } from "zod";

/**
 * A key of a pod: ECDSA on P-256 with SHA-256, which WebCrypto keeps without giving it out. It signs requests about
 * the pod, so that a wallet need not.
 */
export interface SessionKey {
  /** Public half: the 65 bytes of the uncompressed point (SEC 1), `0x04…`. */
  readonly key: Hex;
  /** Signature of a message: 64 bytes, r and s. */
  sign(message: Uint8Array): Promise<Hex>;
}

/** A session key as a file can keep it: whoever reads it can sign. */
export interface SessionKeyJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

const curve = { name: "ECDSA", namedCurve: "P-256" } as const;
const scheme = { name: "ECDSA", hash: "SHA-256" } as const;
const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "32 bytes in base64url");

/** Public half of a session key on the wire. */
export const sessionKeySchema = z
  .string()
  .regex(/^0x04[0-9a-f]{128}$/, "0x04 and 128 lower-case hex digits")
  .transform((text) => text as Hex);

/** Form of a {@link SessionKeyJwk}. */
export const sessionKeyJwkSchema = z.strictObject({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: coordinate,
  y: coordinate,
  d: coordinate,
});

/** Makes a key pair. Not extractable, it lives and ends with where the browser keeps it. */
export function generateSessionKeyPair(extractable: boolean): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(curve, extractable, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

/** The signing half of a key pair, which need not be extractable. */
export async function sessionKeyOf({ publicKey, privateKey }: CryptoKeyPair): Promise<SessionKey> {
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  return {
    key: `0x${toHex(point)}`,
    sign: async (message) => {
      const signature = await crypto.subtle.sign(scheme, privateKey, message as BufferSource);
      return `0x${toHex(new Uint8Array(signature))}`;
    },
  };
}

/** The form in which a file keeps an extractable pair. */
export async function exportSessionKey({ privateKey }: CryptoKeyPair): Promise<SessionKeyJwk> {
  const { x, y, d } = await crypto.subtle.exportKey("jwk", privateKey);
  return sessionKeyJwkSchema.parse({ kty: "EC", crv: "P-256", x, y, d }) as SessionKeyJwk;
}

/** The key that a file kept. @throws where it is no key */
export async function importSessionKey(jwk: SessionKeyJwk): Promise<SessionKey> {
  const { d: _, ...point } = jwk;
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey("jwk", jwk, curve, false, ["sign"]),
    crypto.subtle.importKey("jwk", point, curve, true, ["verify"]),
  ]);
  return sessionKeyOf({ privateKey, publicKey });
}

/** Whether a key signed a message. What is no key or no signature gives false. */
export async function verifySessionSignature(
  key: Hex,
  message: Uint8Array,
  signature: Hex,
): Promise<boolean> {
  try {
    const publicKey = await crypto.subtle.importKey("raw", bytes(key), curve, false, ["verify"]);
    return await crypto.subtle.verify(scheme, publicKey, bytes(signature), message as BufferSource);
  } catch {
    return false;
  }
}

function bytes(hex: Hex): BufferSource {
  return fromHex(hex.slice(2)) as BufferSource;
}
