import { ApocError } from "@apoc/errors";
import { createCounterStream, createHash, createHmac } from "#cipher";
import { cipherName, formatPublicOptions } from "./cipher-options.ts";
import { ocicryptErrors } from "./errors.ts";
import { hex } from "./hex.ts";
import { wrapPrivateOptions } from "./key-wrap.ts";
import { importPublicKey, type PublicJwk } from "./keys.ts";
import { slices } from "./slices.ts";
import {
  annotationPrefix,
  type Content,
  encryptedSuffix,
  isEncryptedLayerType,
  type LayerDescriptor,
  layerMediaTypes,
  publicOptionsAnnotation,
} from "./spec.ts";

/** The layer as it is before encryption. Digest and size may be unknown, as when it is being compressed. */
export type PlainLayer = Pick<LayerDescriptor, "mediaType"> &
  Partial<Pick<LayerDescriptor, "digest" | "annotations">>;

export interface EncryptLayerOptions {
  /** Who can decrypt; at least one. */
  recipients: readonly PublicJwk[];
  signal?: AbortSignal | undefined;
}

/** Descriptor of an encrypted layer, ready to stand in a manifest. */
export interface EncryptedLayer extends LayerDescriptor {
  annotations: Record<string, string>;
}

export interface LayerEncryption {
  /** Ciphertext. Read it once and to the end. */
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
 * @throws MEDIA_TYPE_UNSUPPORTED, ALREADY_ENCRYPTED, RECIPIENT_MISSING; while reading KEY_INVALID, KEY_UNSUPPORTED
 */
export function encryptLayer(
  descriptor: PlainLayer,
  content: Content,
  options: EncryptLayerOptions,
): LayerEncryption {
  const { mediaType, annotations } = descriptor;
  const given = Object.keys(annotations ?? {}).some((name) => name.startsWith(annotationPrefix));
  if (isEncryptedLayerType(mediaType) || given) {
    throw new ApocError(ocicryptErrors.ALREADY_ENCRYPTED, { field: descriptor.digest, actual: mediaType });
  }
  if (!(layerMediaTypes as readonly string[]).includes(mediaType)) {
    throw new ApocError(ocicryptErrors.MEDIA_TYPE_UNSUPPORTED, {
      field: descriptor.digest,
      expected: layerMediaTypes.join(" or "),
      actual: mediaType,
    });
  }
  if (options.recipients.length === 0) throw new ApocError(ocicryptErrors.RECIPIENT_MISSING);
  let result: EncryptedLayer | undefined = undefined;

  async function* encrypted(): Content {
    const recipients: PublicJwk[] = [];
    for (const [i, recipient] of options.recipients.entries()) {
      recipients.push(await importPublicKey(recipient, `recipients[${i}]`));
    }
    const symkey = crypto.getRandomValues(new Uint8Array(32));
    const nonce = crypto.getRandomValues(new Uint8Array(16));
    const cipher = createCounterStream(symkey, nonce);
    const hmac = createHmac(symkey);
    const hash = createHash("sha256");
    const source = descriptor.digest === undefined ? createHash("sha256") : undefined;
    let size = 0;
    for await (const chunk of slices(content)) {
      options.signal?.throwIfAborted();
      const output = cipher.update(chunk);
      const ciphertext = output instanceof Uint8Array ? output : await output;
      source?.update(chunk);
      hmac.update(ciphertext);
      hash.update(ciphertext);
      size += ciphertext.length;
      yield ciphertext;
    }
    const digest = descriptor.digest ?? `sha256:${hex(source?.digest())}`;
    const wrapped = await wrapPrivateOptions({ symkey, nonce, digest }, recipients);
    symkey.fill(0);
    result = {
      mediaType: mediaType + encryptedSuffix,
      digest: `sha256:${hex(hash.digest())}`,
      size,
      annotations: {
        ...annotations,
        ...wrapped,
        [publicOptionsAnnotation]: formatPublicOptions({ cipher: cipherName, hmac: hmac.digest() }),
      },
    };
  }

  return {
    content: encrypted(),
    result: () => {
      if (result === undefined) throw new TypeError("the layer was not read to its end");
      return result;
    },
  };
}
