import { concatBytes } from "@apoc/encoding";
import { DhkemP256HkdfSha256, type KemInterface } from "@hpke/core";

/** The key that requests to this process are sealed to (RFC 9180). */
export interface HpkeKey {
  /** Id of the KEM, big-endian, and the serialised public key: what evidence binds. */
  readonly publicKey: Uint8Array;
  /** For `@hpke/core`; the private half is not extractable. */
  readonly keyPair: CryptoKeyPair;
}

/** Makes a key that lives as long as this process: what was sealed to it cannot be opened after that. */
export async function createHpkeKey(): Promise<HpkeKey> {
  const kem: KemInterface = new DhkemP256HkdfSha256();
  const keyPair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, [
    "deriveBits",
  ]);
  const publicKey = new Uint8Array(await kem.serializePublicKey(keyPair.publicKey));
  return { publicKey: concatBytes([kem.id >> 8, kem.id & 0xff], publicKey), keyPair };
}
