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

type Expected = Pick<Descriptor, "digest" | "size">;

/**
 * What iterations check already. They are frozen and made here only, so anyone who checks them against the same descriptor
 * needs to count their bytes, no more: a copy hashes each byte once.
 */
const checking = new WeakMap<Content, Expected>();

/**
 * Passes content on while checking it against size and digest of its descriptor. Of content up to 4 MiB nothing is
 * given before both hold; of larger content the last chunk is withheld until they do, so a reader that ends without an
 * error has read exactly what the descriptor names, and one of a larger blob must not act on a part before the end.
 * Chunks belong to the reader: a producer must not write to them again.
 *
 * image-spec, descriptor.md, "Digests": content SHOULD be verified before it is used.
 * @throws SIZE_MISMATCH as soon as one byte too many arrives, or at an early end; DIGEST_MISMATCH at the end
 */
export function verifyContent(
  descriptor: Expected,
  content: Content | Uint8Array,
  options: VerifyOptions = {},
): Content {
  const { digest, size } = descriptor;
  const known = content instanceof Uint8Array ? undefined : checking.get(content);
  const passed =
    known?.digest === digest && known.size === size
      ? counted({ digest, size }, content as Content, options)
      : checked({ digest, size }, content, options);
  return checkedBy(passed, { digest, size });
}

/** Passes content on and tells the length of each chunk. What is checked by `verifyContent` needs no further check. */
export function observeContent(content: Content, onBytes: (count: number) => void): Content {
  const known = checking.get(content);
  const passed = observed(content, onBytes);
  return known === undefined ? passed : checkedBy(passed, known);
}

function checkedBy(content: Content, expected: Expected): Content {
  Object.freeze(content);
  checking.set(content, expected);
  return content;
}

async function* observed(content: Content, onBytes: (count: number) => void): Content {
  for await (const chunk of content) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** Content that is checked elsewhere gives all bytes or fails; but somebody may have read a part of it before. */
async function* counted({ size, digest }: Expected, content: Content, options: VerifyOptions): Content {
  const field = options.field ?? digest;
  let at = 0;
  for await (const chunk of content) {
    options.signal?.throwIfAborted();
    at += chunk.length;
    if (at > size) throw sizeMismatch(field, size, `at least ${at}`);
    yield chunk;
  }
  options.signal?.throwIfAborted();
  if (at !== size) throw sizeMismatch(field, size, `${at}`);
}

async function* checked(
  { size, digest }: Expected,
  content: Content | Uint8Array,
  options: VerifyOptions,
): Content {
  const field = options.field ?? digest;
  const hasher = createHasher(parseDigest(digest, field).algorithm);
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
