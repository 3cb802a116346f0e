export { decodeBase64, decodeBase64Url, fromBase64, fromBase64Url, toBase64, toBase64Url } from "./base64.ts";
export { concatBytes, equalBytes } from "./bytes.ts";
export { DerError } from "./der/der-error.ts";
export { type DerElement, DerReader, readElements, readSequence } from "./der/reader.ts";
export { tags } from "./der/tags.ts";
export { readTime } from "./der/time.ts";
export {
  readBitString,
  readBoolean,
  readOid,
  readSerial,
  readSmallInteger,
  unsignedInteger,
} from "./der/values.ts";
export * as der from "./der/writer.ts";
export { EncodingError } from "./encoding-error.ts";
export { decodeHex, fromHex, toHex } from "./hex.ts";
export { canonicalJson, type CanonicalJsonOptions, isWellFormed } from "./json/canonical.ts";
export { requireVersion } from "./json/document-version.ts";
export { JsonError, type JsonProblem } from "./json/json-error.ts";
export { decodeStrictJson, parseStrictJson } from "./json/strict.ts";
export * as patterns from "./patterns.ts";
export { findPemBlocks, type PemBlock, PemError, readPemBlocks, writePem } from "./pem.ts";
