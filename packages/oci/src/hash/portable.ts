import { sha256, sha512 } from "@noble/hashes/sha2.js";
import type { HashStream } from "./hash-stream.ts";

/** Incremental SHA-256 or SHA-512 where there is no `node:crypto`; WebCrypto hashes whole buffers only. */
export function createHash(algorithm: "sha256" | "sha512"): HashStream {
  const hash = (algorithm === "sha256" ? sha256 : sha512).create();
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => hash.digest(),
  };
}
