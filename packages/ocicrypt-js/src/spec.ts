/** Names of containers/ocicrypt (`spec/spec.go`, `keywrap`): media types and layer annotations. */

/** `algorithm:hex` of image-spec, descriptor.md. */
export type LayerDigest = `sha256:${string}` | `sha512:${string}`;

/** The part of an OCI descriptor that layer encryption looks at. */
export interface LayerDescriptor {
  mediaType: string;
  digest: LayerDigest;
  /** Bytes. */
  size: number;
  annotations?: Record<string, string>;
  urls?: string[];
}

/** Bytes as they arrive. */
export type Content = AsyncIterable<Uint8Array>;

/** How far the work on one layer has come. */
export interface LayerProgress {
  /** `verify` comes before `decrypt` where the ciphertext is read twice. */
  readonly phase: "encrypt" | "verify" | "decrypt";
  /** Done in this phase. */
  readonly bytes: number;
  /** Size of the layer, where it is known. */
  readonly total?: number;
}

/** Called during work on a layer, at most once for each chunk. What it throws ends the work. */
export type ProgressListener = (progress: LayerProgress) => void;

/** Layer media types that can be encrypted. Only gzip and plain tar are known to every decrypting runtime. */
export const layerMediaTypes = [
  "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.v1.tar+zstd",
] as const;

/** What is appended to the media type of an encrypted layer. */
export const encryptedSuffix = "+encrypted";

/** Prefix of all annotations of layer encryption. */
export const annotationPrefix = "org.opencontainers.image.enc.";

/** Base64 of the public cipher options. */
export const publicOptionsAnnotation = `${annotationPrefix}pubopts`;

/** Base64 JWEs with the private cipher options, one for each recipient, joined by commas. */
export const jweAnnotation = `${annotationPrefix}keys.jwe`;

/** Prefix of all annotations with wrapped keys: `jwe`, `pkcs7`, `pgp`, `pkcs11`, `provider.<name>`. */
export const keysAnnotationPrefix = `${annotationPrefix}keys.`;

/** Whether the media type is that of an encrypted layer of a known kind. */
export function isEncryptedLayerType(mediaType: string): boolean {
  return layerMediaTypes.some((known) => mediaType === known + encryptedSuffix);
}

/** Media type of the layer once it is decrypted; `undefined` when it is not an encrypted layer of a known kind. */
export function decryptedMediaType(mediaType: string): string | undefined {
  return isEncryptedLayerType(mediaType) ? mediaType.slice(0, -encryptedSuffix.length) : undefined;
}
