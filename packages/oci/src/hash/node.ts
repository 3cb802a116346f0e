import { createHash as nodeHash } from "node:crypto";
import type { HashStream } from "./hash-stream.ts";

/** Incremental SHA-256 or SHA-512 by OpenSSL. */
export function createHash(algorithm: "sha256" | "sha512"): HashStream {
  const hash = nodeHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => hash.digest(),
  };
}
