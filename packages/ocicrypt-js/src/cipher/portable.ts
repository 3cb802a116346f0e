import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import type { CounterStream, HashStream } from "./primitives.ts";

/**
 * AES-256-CTR by WebCrypto, which has no streams: each chunk is encrypted on its own, from the counter of its
 * position, and shifted within the first block when the position is not a block boundary.
 */
export function createCounterStream(key: Uint8Array, nonce: Uint8Array): CounterStream {
  const imported = crypto.subtle.importKey("raw", key.slice(), "AES-CTR", false, ["encrypt"]);
  let position = 0;
  return {
    async update(chunk) {
      const shift = position % 16;
      const counter = add(nonce, Math.floor(position / 16));
      position += chunk.length;
      const padded = new Uint8Array(shift + chunk.length);
      padded.set(chunk, shift);
      const algorithm = { name: "AES-CTR", counter, length: 128 };
      return new Uint8Array(await crypto.subtle.encrypt(algorithm, await imported, padded)).subarray(shift);
    },
  };
}

export function createHmac(key: Uint8Array): HashStream {
  return stream(hmac.create(sha256, key));
}

export function createHash(algorithm: "sha256" | "sha512"): HashStream {
  return stream((algorithm === "sha256" ? sha256 : sha512).create());
}

function stream(hash: { update(chunk: Uint8Array): unknown; digest(): Uint8Array }): HashStream {
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest() };
}

/** Adds blocks to the counter, 128 bit big-endian, with wrap-around as OpenSSL and Go have it. */
function add(nonce: Uint8Array, blocks: number): Uint8Array<ArrayBuffer> {
  const counter = new Uint8Array(nonce);
  let carry = blocks;
  for (let i = 15; i >= 0 && carry > 0; i--) {
    const sum = (counter[i] ?? 0) + (carry % 256);
    counter[i] = sum % 256;
    carry = Math.floor(carry / 256) + (sum >= 256 ? 1 : 0);
  }
  return counter;
}
