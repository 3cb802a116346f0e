import { createCipheriv, createHash as nodeHash, createHmac as nodeHmac } from "node:crypto";
import type { CounterStream, HashStream } from "./primitives.ts";

/** AES-256-CTR by OpenSSL; the nonce is the initial counter block, 128 bit big-endian. */
export function createCounterStream(key: Uint8Array, nonce: Uint8Array): CounterStream {
  const cipher = createCipheriv("aes-256-ctr", key, nonce);
  return { update: (chunk) => cipher.update(chunk) };
}

export function createHmac(key: Uint8Array): HashStream {
  return stream(nodeHmac("sha256", key));
}

export function createHash(algorithm: "sha256" | "sha512"): HashStream {
  return stream(nodeHash(algorithm));
}

function stream(hash: { update(chunk: Uint8Array): unknown; digest(): Uint8Array }): HashStream {
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest() };
}
