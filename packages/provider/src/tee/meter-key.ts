import type { TypedDataSigner } from "@apoc/core";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { bytesToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type KeyBinding, keySeed } from "./derived-keys.ts";

/**
 * The key that signs metered usage, by which channels know this guest. Its private half has no way out of the process:
 * the operator's own wallet cannot invent usage.
 */
export interface MeterKey extends TypedDataSigner {
  /** Compressed point; 33 bytes. */
  readonly publicKey: Uint8Array;
}

/** The meter key of a derived key; the same after a restart, since channels name it. */
export function meterKeyOf(derivedKey: Uint8Array, binding: KeyBinding): MeterKey {
  const seed = keySeed(derivedKey, "apoc-meter-key-v2", binding);
  const scalar = secp256k1.utils.randomSecretKey(seed);
  const publicKey = Uint8Array.from(secp256k1.getPublicKey(scalar, true));
  const account = privateKeyToAccount(bytesToHex(scalar));
  for (const bytes of [seed, scalar]) bytes.fill(0);
  return {
    publicKey,
    address: account.address,
    signTypedData: (definition) => account.signTypedData(definition),
  };
}
