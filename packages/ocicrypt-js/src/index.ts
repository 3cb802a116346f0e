export { checkEncryptedManifest, type EncryptedManifest, type LayeredConfig } from "./check-manifest.ts";
export { type DecryptLayerOptions, decryptLayer } from "./decrypt-layer.ts";
export {
  type EncryptedLayer,
  type EncryptLayerOptions,
  encryptLayer,
  type LayerEncryption,
  type PlainLayer,
} from "./encrypt-layer.ts";
export { ocicryptErrors } from "./errors.ts";
export type { KeyFileOptions } from "./key-file.ts";
export type { KeyProvider } from "./key-provider.ts";
export { type UnwrapOptions, unwrapLayerKey, type WrapOptions } from "./key-wrap.ts";
export {
  type Curve,
  exportPkcs8,
  exportSpki,
  generateImageKey,
  importPrivateKey,
  importPublicKey,
  type PrivateJwk,
  type PublicJwk,
  toPublicJwk,
} from "./keys.ts";
export { assertDistinctLayerKeys, LayerKey } from "./layer-key.ts";
export { wrappingSchemes } from "./packets.ts";
export {
  addRecipients,
  findRecipients,
  type LayerRecipient,
  listRecipients,
  removeRecipients,
} from "./recipients.ts";
export * from "./spec.ts";
