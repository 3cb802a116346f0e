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

/** Content up to this size is given only after it was verified. Bytes. */
const withheldWhole = 4 * 1024 * 1024;

/**
 * Passes content on while checking it against size and digest of its descriptor. Of content up to 4 MiB nothing is
 * given before both hold; of larger content the last chunk is withheld until they do, so a reader that ends without an
 * error has read exactly what the descriptor names, and one of a larger blob must not act on a part before the end.
 * Chunks belong to the reader: a producer must not write to them again.
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
  const { size, digest } = descriptor;
  // One buffer, since a hostile source may send single bytes, of which each would be an object.
  const whole = size <= withheldWhole ? new Uint8Array(size) : undefined;
  let withheld: Uint8Array | undefined = whole;
  let at = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    options.signal?.throwIfAborted();
    if (chunk.length === 0) continue;
    if (at + chunk.length > size) throw sizeMismatch(field, size, `at least ${at + chunk.length}`);
    hasher.update(chunk);
    if (whole !== undefined) whole.set(chunk, at);
    else {
      if (withheld !== undefined) yield withheld;
      withheld = chunk;
    }
    at += chunk.length;
  }
  options.signal?.throwIfAborted();
  if (at !== size) throw sizeMismatch(field, size, `${at}`);
  const actual = hasher.digest();
  if (actual !== digest) throw new ApocError(ociErrors.DIGEST_MISMATCH, { field, expected: digest, actual });
  if (withheld !== undefined && withheld.length > 0) yield withheld;
}

function sizeMismatch(field: string, expected: number, actual: string): ApocError {
  return new ApocError(ociErrors.SIZE_MISMATCH, {
    field,
    expected: `${expected} bytes`,
    actual: `${actual} bytes`,
  });
}
