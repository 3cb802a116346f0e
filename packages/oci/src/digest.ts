import { toHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { createHash } from "#hash";
import { ociErrors } from "./errors.ts";
import type { Digest } from "./spec.ts";

/** The two registered algorithms (image-spec, descriptor.md, "Registered algorithms"). */
export type DigestAlgorithm = "sha256" | "sha512";

export interface DigestParts {
  algorithm: DigestAlgorithm;
  /** Lower case, 64 or 128 characters. */
  hex: string;
}

const pattern = /^(?:(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128}))$/;

/** Whether the text is a digest of a supported algorithm with exact length in lower-case hex. */
export function isDigest(text: string): text is Digest {
  return pattern.test(text);
}

/**
 * Splits `algorithm:hex`.
 * @throws DIGEST_INVALID for other algorithms, lengths or upper-case hex
 */
export function parseDigest(text: string, field = "digest"): DigestParts {
  const match = pattern.exec(text);
  if (match === null) {
    throw new ApocError(ociErrors.DIGEST_INVALID, {
      field,
      expected: "sha256:<64 lower-case hex> or sha512:<128 lower-case hex>",
      actual: text.slice(0, 160),
    });
  }
  return { algorithm: (match[1] ?? match[3]) as DigestAlgorithm, hex: (match[2] ?? match[4]) as string };
}

/** Writes raw hash bytes as a digest. */
export function formatDigest(algorithm: DigestAlgorithm, hash: Uint8Array): Digest {
  return `${algorithm}:${toHex(hash)}`;
}

/** Digests content piece by piece. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Ends the hasher; call once. */
  digest(): Digest;
}

/** An incremental hasher; OpenSSL on Node, @noble/hashes elsewhere. */
export function createHasher(algorithm: DigestAlgorithm = "sha256"): Hasher {
  const hash = createHash(algorithm);
  return {
    update: (bytes) => hash.update(bytes),
    digest: () => formatDigest(algorithm, hash.digest()),
  };
}

/** Digest of bytes in memory. */
export function sha256Digest(bytes: Uint8Array): Digest {
  const hasher = createHasher("sha256");
  hasher.update(bytes);
  return hasher.digest();
}
