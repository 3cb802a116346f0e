import { ApocError } from "@apoc/errors";
import { createHasher, parseDigest } from "./digest.ts";
import { ociErrors } from "./errors.ts";
import type { Descriptor } from "./spec.ts";
import type { Content } from "./target.ts";

export interface VerifyOptions {
  /** Named in errors; the digest by default. */
  field?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Passes content on while checking it against size and digest of its descriptor. The last chunk is withheld until
 * both hold, so a reader that ends without an error has read exactly what the descriptor names. A reader must not
 * act on a part before the end. Chunks belong to the reader: a producer must not write to them again.
 *
 * image-spec, descriptor.md, "Digests": content SHOULD be verified before it is used.
 * @throws SIZE_MISMATCH as soon as one byte too many arrives, or at an early end; DIGEST_MISMATCH at the end
 */
export async function* verifyContent(
  descriptor: Pick<Descriptor, "digest" | "size">,
  content: Content | Uint8Array,
  options: VerifyOptions = {},
): Content {
  const field = options.field ?? descriptor.digest;
  const hasher = createHasher(parseDigest(descriptor.digest, field).algorithm);
  let size = 0;
  let withheld: Uint8Array | undefined;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    options.signal?.throwIfAborted();
    if (chunk.length === 0) continue;
    size += chunk.length;
    if (size > descriptor.size) throw sizeMismatch(field, descriptor.size, `at least ${size}`);
    hasher.update(chunk);
    if (withheld !== undefined) yield withheld;
    withheld = chunk;
  }
  if (size !== descriptor.size) throw sizeMismatch(field, descriptor.size, `${size}`);
  const actual = hasher.digest();
  if (actual !== descriptor.digest) {
    throw new ApocError(ociErrors.DIGEST_MISMATCH, { field, expected: descriptor.digest, actual });
  }
  if (withheld !== undefined) yield withheld;
}

function sizeMismatch(field: string, expected: number, actual: string): ApocError {
  return new ApocError(ociErrors.SIZE_MISMATCH, {
    field,
    expected: `${expected} bytes`,
    actual: `${actual} bytes`,
  });
}
