// Not published. The parsers of foreign bytes, which the fuzzers call one by one.
export { ByteReader, encodeVarint } from "../ipfs/byte-reader.ts";
export { decodeDagPb, encodeDagPb } from "../ipfs/dag-pb.ts";
export { decodeUnixFs } from "../ipfs/unixfs.ts";
export { parseHelperOutput } from "../node/credential-helper.ts";
export { parseCredentialFile } from "../node/docker-credentials.ts";
export { readTarIndex } from "../node/tar-index.ts";
export { Authorizer } from "../remote/authorizer.ts";
export { parseChallenges } from "../remote/challenge.ts";
export { responseError } from "../remote/response-error.ts";
export {
  parseContentRange,
  parseNextLink,
  parseRetryAfter,
  parseUploadRange,
  parseWarnings,
} from "../remote/response-headers.ts";
export { parseTagList } from "../remote/tag-list.ts";
