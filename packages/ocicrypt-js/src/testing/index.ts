// Not published. The parsers of foreign bytes, which the fuzzers call one by one.
export {
  formatPrivateOptions,
  formatPublicOptions,
  parsePrivateOptions,
  parsePublicOptions,
} from "../cipher-options.ts";
export { describeJwe, unwrapWithKey, wrapForRecipient } from "../jwe.ts";
export { formatGrpcAddress, parseGrpcAddress } from "../keyprovider/address.ts";
export { parseKeyProviderConfig } from "../keyprovider/config.ts";
export {
  decodeStatusMessage,
  encodeStatusMessage,
  frameMessage,
  unframeMessage,
} from "../keyprovider/grpc-message.ts";
export { formatRequest, formatResult, parseRequest, parseResult } from "../keyprovider/protocol.ts";
