import { toHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { createCounterStream, createHash, createHmac } from "#cipher";
import { ocicryptErrors } from "./errors.ts";
import { type UnwrapOptions, unwrapLayerKey } from "./key-wrap.ts";
import { equalBytes, LayerKey } from "./layer-key.ts";
import { slices } from "./slices.ts";
import type { Content, LayerDescriptor, ProgressListener } from "./spec.ts";

export type DecryptLayerOptions = (UnwrapOptions | { readonly layerKey: LayerKey }) & {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
};

/**
 * Decrypts a layer. The ciphertext is read twice: first to check size, digest and HMAC, then to decrypt. No plaintext
 * is given out before all three hold, unlike in ocicrypt, which streams and reports at the end. The second reading is
 * checked against the digest again, with the last chunk withheld, in case the place it is in changed meanwhile.
 *
 * `open` is called twice and must give the same bytes; they need not be verified. Compare the result with the diffID
 * after decompression: the HMAC binds ciphertext to key, not to a place in an image.
 *
 * Each chunk has a buffer of its own, which belongs to the reader, as that of {@link encryptLayer} does.
 * @throws what {@link unwrapLayerKey} throws; CIPHERTEXT_SIZE, CIPHERTEXT_DIGEST, HMAC_MISMATCH, CIPHERTEXT_CHANGED
 */
export async function* decryptLayer(
  descriptor: LayerDescriptor,
  open: () => Content,
  options: DecryptLayerOptions,
): Content {
  const { symkey, nonce, hmac } = LayerKey.parts(await readLayerKey(descriptor, options));
  await verifyCiphertext(descriptor, open(), symkey, hmac, options);
  const cipher = createCounterStream(symkey, nonce);
  const hash = createHash(algorithmOf(descriptor));
  let size = 0;
  let withheld: Uint8Array | undefined;
  for await (const chunk of slices(open())) {
    options.signal?.throwIfAborted();
    size += chunk.length;
    if (size > descriptor.size)
      throw new ApocError(ocicryptErrors.CIPHERTEXT_CHANGED, { field: descriptor.digest });
    options.onProgress?.({ phase: "decrypt", bytes: size, total: descriptor.size });
    hash.update(chunk);
    const output = cipher.update(chunk);
    if (withheld !== undefined) yield withheld;
    withheld = output instanceof Uint8Array ? output : await output;
  }
  if (digestOf(descriptor, hash) !== descriptor.digest) {
    throw new ApocError(ocicryptErrors.CIPHERTEXT_CHANGED, { field: descriptor.digest });
  }
  if (withheld !== undefined) yield withheld;
}

/** The key that was given, or unwrapped by what was given. */
export async function readLayerKey(
  descriptor: LayerDescriptor,
  options: DecryptLayerOptions,
): Promise<LayerKey> {
  return "layerKey" in options ? options.layerKey : unwrapLayerKey(descriptor, options);
}

/** Size and digest tell that these are the bytes of the manifest, the HMAC that they belong to this key. */
async function verifyCiphertext(
  descriptor: LayerDescriptor,
  content: Content,
  symkey: Uint8Array,
  expected: Uint8Array,
  { signal, onProgress }: Pick<DecryptLayerOptions, "signal" | "onProgress">,
): Promise<void> {
  const hash = createHash(algorithmOf(descriptor));
  const hmac = createHmac(symkey);
  let size = 0;
  for await (const chunk of slices(content)) {
    signal?.throwIfAborted();
    size += chunk.length;
    if (size > descriptor.size) break;
    hash.update(chunk);
    hmac.update(chunk);
    onProgress?.({ phase: "verify", bytes: size, total: descriptor.size });
  }
  if (size !== descriptor.size) {
    throw new ApocError(ocicryptErrors.CIPHERTEXT_SIZE, {
      field: descriptor.digest,
      expected: `${descriptor.size} bytes`,
      actual: size > descriptor.size ? "more" : `${size} bytes`,
    });
  }
  const actual = digestOf(descriptor, hash);
  if (actual !== descriptor.digest) {
    throw new ApocError(ocicryptErrors.CIPHERTEXT_DIGEST, {
      field: descriptor.digest,
      expected: descriptor.digest,
      actual,
    });
  }
  if (!equalBytes(hmac.digest(), expected)) {
    throw new ApocError(ocicryptErrors.HMAC_MISMATCH, { field: descriptor.digest });
  }
}

function algorithmOf({ digest }: LayerDescriptor): "sha256" | "sha512" {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

function digestOf(descriptor: LayerDescriptor, hash: { digest(): Uint8Array }): string {
  return `${algorithmOf(descriptor)}:${toHex(hash.digest())}`;
}
