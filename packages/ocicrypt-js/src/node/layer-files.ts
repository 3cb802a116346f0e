import { randomUUID } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { toHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import {
  decryptedMediaType,
  type LayerDescriptor,
  type LayerDigest,
  type ProgressListener,
} from "../spec.ts";
import { type DecryptLayerOptions, readLayerKey } from "../decrypt-layer.ts";
import {
  checkPlainLayer,
  describeEncrypted,
  type EncryptedLayer,
  type EncryptLayerOptions,
  type PlainLayer,
} from "../encrypt-layer.ts";
import { ocicryptErrors } from "../errors.ts";
import { checkWrapOptions } from "../key-wrap.ts";
import { equalBytes, LayerKey } from "../layer-key.ts";
import { checkDiffId } from "./diff-id.ts";
import { type PipelineOptions, runLayerJob } from "./layer-pipeline.ts";

/** Larger files than any file system has. */
const endless = Number.MAX_SAFE_INTEGER;

/**
 * Encrypts a layer from file to file, in threads of its own: the same result as `encryptLayer`, faster. Where the
 * descriptor has a digest or size, the source must have them. The destination appears, or is replaced, when all is done.
 * @throws MEDIA_TYPE_UNSUPPORTED, ALREADY_ENCRYPTED, RECIPIENT_MISSING, KEY_INVALID, KEY_UNSUPPORTED, SOURCE_CHANGED,
 * what a provider throws, the reason of the signal, errors of the file system
 */
export async function encryptLayerFile(
  descriptor: PlainLayer & Partial<Pick<LayerDescriptor, "size">>,
  source: string,
  destination: string,
  options: EncryptLayerOptions & PipelineOptions,
): Promise<EncryptedLayer> {
  checkPlainLayer(descriptor);
  await checkWrapOptions(options);
  const key = crypto.getRandomValues(new Uint8Array(32));
  const nonce = crypto.getRandomValues(new Uint8Array(16));
  const inputHash = hashOf(descriptor.digest);
  return withHidden(destination, async (hidden) => {
    const result = await runLayerJob(
      {
        source,
        destination: hidden,
        key,
        nonce,
        hmacOf: "output",
        inputHash,
        mostBytes: descriptor.size ?? endless,
      },
      options,
      reporter("encrypt", descriptor.size, options.onProgress),
    );
    if (descriptor.size !== undefined && result.size !== descriptor.size)
      throw sizeError(ocicryptErrors.SOURCE_CHANGED, descriptor.digest, descriptor.size, result.size);
    const digest: LayerDigest = `${inputHash}:${toHex(result.input)}`;
    if (descriptor.digest !== undefined && digest !== descriptor.digest) {
      throw new ApocError(ocicryptErrors.SOURCE_CHANGED, {
        field: source,
        expected: descriptor.digest,
        actual: digest,
      });
    }
    const encrypted = await describeEncrypted(descriptor, options, {
      symkey: key,
      nonce,
      hmac: result.hmac,
      source: digest,
      digest: `sha256:${toHex(result.output)}`,
      size: result.size,
    });
    key.fill(0);
    options.onProgress?.({ phase: "encrypt", bytes: result.size, total: result.size });
    return encrypted;
  });
}

export type DecryptLayerFileOptions = DecryptLayerOptions &
  PipelineOptions & {
    /** Of the image config: what the decrypted layer must decompress to. */
    readonly diffId?: LayerDigest | undefined;
    /** Most bytes that it may decompress to; 64 GiB by default. */
    readonly mostPlainBytes?: number | undefined;
  };

/** A decrypted layer as it may stand in a manifest. */
export interface DecryptedLayer {
  readonly mediaType: string;
  readonly digest: LayerDigest;
  readonly size: number;
}

/**
 * Decrypts a layer from file to file, in threads of its own, reading the ciphertext once. Plaintext is written to a file
 * of mode 0600 beside the destination with a random name, and gets the destination's name when size, digest and HMAC of
 * the ciphertext hold and then the diffID does; else it is removed.
 * @throws what `unwrapLayerKey` throws; CIPHERTEXT_SIZE, CIPHERTEXT_DIGEST, HMAC_MISMATCH, DIFF_ID_MISMATCH, the reason
 * of the signal, errors of the file system
 */
export async function decryptLayerFile(
  descriptor: LayerDescriptor,
  source: string,
  destination: string,
  options: DecryptLayerFileOptions,
): Promise<DecryptedLayer> {
  const { symkey: key, nonce, hmac } = LayerKey.parts(await readLayerKey(descriptor, options));
  const mediaType = decryptedMediaType(descriptor.mediaType);
  if (mediaType === undefined)
    throw new ApocError(ocicryptErrors.NOT_ENCRYPTED, { field: descriptor.digest });
  const inputHash = hashOf(descriptor.digest);
  return withHidden(destination, async (hidden) => {
    const result = await runLayerJob(
      { source, destination: hidden, key, nonce, hmacOf: "input", inputHash, mostBytes: descriptor.size },
      options,
      reporter("decrypt", descriptor.size, options.onProgress),
    );
    if (result.size !== descriptor.size)
      throw sizeError(ocicryptErrors.CIPHERTEXT_SIZE, descriptor.digest, descriptor.size, result.size);
    const actual = `${inputHash}:${toHex(result.input)}`;
    if (actual !== descriptor.digest) {
      throw new ApocError(ocicryptErrors.CIPHERTEXT_DIGEST, {
        field: descriptor.digest,
        expected: descriptor.digest,
        actual,
      });
    }
    if (!equalBytes(result.hmac, hmac))
      throw new ApocError(ocicryptErrors.HMAC_MISMATCH, { field: descriptor.digest });
    const decrypted: DecryptedLayer = {
      mediaType,
      digest: `sha256:${toHex(result.output)}`,
      size: result.size,
    };
    if (options.diffId !== undefined) await checkDiffId(hidden, decrypted, options.diffId, options);
    options.onProgress?.({ phase: "decrypt", bytes: result.size, total: result.size });
    return decrypted;
  });
}

/** Names the file when the work is done, and removes it when it fails. */
async function withHidden<T>(destination: string, work: (hidden: string) => Promise<T>): Promise<T> {
  const hidden = `${destination}.${randomUUID()}.partial`;
  try {
    const result = await work(hidden);
    await rename(hidden, destination);
    return result;
  } finally {
    await rm(hidden, { force: true });
  }
}

function reporter(
  phase: "encrypt" | "decrypt",
  total: number | undefined,
  listener: ProgressListener | undefined,
): (bytes: number) => void {
  return (bytes) => listener?.({ phase, bytes, ...(total === undefined ? {} : { total }) });
}

function hashOf(digest: LayerDigest | undefined): "sha256" | "sha512" {
  return digest?.startsWith("sha512:") ? "sha512" : "sha256";
}

function sizeError(
  descriptor: (typeof ocicryptErrors)[keyof typeof ocicryptErrors],
  field: string | undefined,
  expected: number,
  actual: number,
): ApocError {
  return new ApocError(descriptor, {
    field,
    expected: `${expected} bytes`,
    actual: actual > expected ? "more" : `${actual} bytes`,
  });
}
