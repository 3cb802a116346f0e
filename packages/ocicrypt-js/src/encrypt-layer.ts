import { toHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { createCounterStream, createHash, createHmac } from "#cipher";
import { cipherName, formatPublicOptions } from "./cipher-options.ts";
import { ocicryptErrors } from "./errors.ts";
import { checkWrapOptions, requireRecipient, type WrapOptions, wrapPrivateOptions } from "./key-wrap.ts";
import { slices } from "./slices.ts";
import {
  annotationPrefix,
  type Content,
  encryptedSuffix,
  isEncryptedLayerType,
  type LayerDescriptor,
  type LayerDigest,
  layerMediaTypes,
  type ProgressListener,
  publicOptionsAnnotation,
} from "./spec.ts";

/** The layer as it is before encryption. Digest and size may be unknown, as when it is being compressed. */
export type PlainLayer = Pick<LayerDescriptor, "mediaType"> &
  Partial<Pick<LayerDescriptor, "digest" | "annotations">>;

export interface EncryptLayerOptions extends WrapOptions {
  readonly onProgress?: ProgressListener | undefined;
}

/** Descriptor of an encrypted layer, ready to stand in a manifest. */
export interface EncryptedLayer extends LayerDescriptor {
  annotations: Record<string, string>;
}

export interface LayerEncryption {
  /** Ciphertext. Read it once and to the end. Each chunk has a buffer of its own, which belongs to the reader. */
  readonly content: Content;
  /** The new descriptor; known after `content` was read to its end. */
  result(): EncryptedLayer;
}

/**
 * Encrypts a layer as containers/ocicrypt does: AES-256-CTR with a fresh key and nonce, HMAC-SHA256 over the
 * ciphertext under the same key, both wrapped for each recipient. Bytes are encrypted as they are; give gzip layers,
 * which every runtime decrypts. Verifying `content` against its own descriptor is the caller's part.
 *
 * Every run gives another ciphertext and so another digest.
 * @throws MEDIA_TYPE_UNSUPPORTED, ALREADY_ENCRYPTED, RECIPIENT_MISSING; while reading KEY_INVALID, KEY_UNSUPPORTED and
 * what a provider throws
 */
export function encryptLayer(
  descriptor: PlainLayer,
  content: Content,
  options: EncryptLayerOptions,
): LayerEncryption {
  checkPlainLayer(descriptor);
  requireRecipient(options);
  let result: EncryptedLayer | undefined = undefined;

  async function* encrypted(): Content {
    await checkWrapOptions(options);
    const symkey = crypto.getRandomValues(new Uint8Array(32));
    const nonce = crypto.getRandomValues(new Uint8Array(16));
    const cipher = createCounterStream(symkey, nonce);
    const hmac = createHmac(symkey);
    const hash = createHash("sha256");
    const source = descriptor.digest ?? createHash("sha256");
    let size = 0;
    for await (const chunk of slices(content)) {
      options.signal?.throwIfAborted();
      const output = cipher.update(chunk);
      const ciphertext = output instanceof Uint8Array ? output : await output;
      if (typeof source !== "string") source.update(chunk);
      hmac.update(ciphertext);
      hash.update(ciphertext);
      size += ciphertext.length;
      yield ciphertext;
      options.onProgress?.({ phase: "encrypt", bytes: size });
    }
    const digest: LayerDigest = typeof source === "string" ? source : `sha256:${toHex(source.digest())}`;
    result = await describeEncrypted(descriptor, options, {
      symkey,
      nonce,
      source: digest,
      hmac: hmac.digest(),
      digest: `sha256:${toHex(hash.digest())}`,
      size,
    });
    symkey.fill(0);
  }

  return {
    content: encrypted(),
    result: () => {
      if (result === undefined) throw new TypeError("the layer was not read to its end");
      return result;
    },
  };
}

/**
 * Refuses what cannot be encrypted.
 * @throws MEDIA_TYPE_UNSUPPORTED, ALREADY_ENCRYPTED
 */
export function checkPlainLayer({ mediaType, digest, annotations }: PlainLayer): void {
  const given = Object.keys(annotations ?? {}).some((name) => name.startsWith(annotationPrefix));
  if (isEncryptedLayerType(mediaType) || given) {
    throw new ApocError(ocicryptErrors.ALREADY_ENCRYPTED, { field: digest, actual: mediaType });
  }
  if (!(layerMediaTypes as readonly string[]).includes(mediaType)) {
    throw new ApocError(ocicryptErrors.MEDIA_TYPE_UNSUPPORTED, {
      field: digest,
      expected: layerMediaTypes.join(" or "),
      actual: mediaType,
    });
  }
}

/** What encryption has found out. */
export interface EncryptionResult {
  readonly symkey: Uint8Array;
  readonly nonce: Uint8Array;
  readonly hmac: Uint8Array;
  /** Digest of the layer before encryption. */
  readonly source: LayerDigest;
  /** Of the ciphertext. */
  readonly digest: LayerDigest;
  readonly size: number;
}

/** Wraps the key and writes the descriptor of the encrypted layer. */
export async function describeEncrypted(
  { mediaType, annotations }: PlainLayer,
  options: WrapOptions,
  { symkey, nonce, hmac, source, digest, size }: EncryptionResult,
): Promise<EncryptedLayer> {
  const wrapped = await wrapPrivateOptions({ symkey, nonce, digest: source }, options);
  return {
    mediaType: mediaType + encryptedSuffix,
    digest,
    size,
    annotations: {
      ...annotations,
      ...wrapped,
      [publicOptionsAnnotation]: formatPublicOptions({ cipher: cipherName, hmac }),
    },
  };
}
