/**
 * ocicrypt's key provider protocol for Node: clients of `cmd` and `grpc` providers, and a server for both.
 * @module
 */
export { createKeyProvider, type KeyProviderOptions } from "./client.ts";
export { answerCommand, type CommandStreams } from "./command-server.ts";
export {
  configVariable,
  type GrpcTls,
  type KeyProviderAttributes,
  type KeyProviderConfig,
  parseKeyProviderConfig,
  readKeyProviderConfig,
} from "./config.ts";
export { type KeyProviderServer, type KeyProviderServerOptions, serveKeyProvider } from "./grpc-server.ts";
export type { ProviderParameters } from "./protocol.ts";
export {
  jweKeyService,
  type JweKeyServiceOptions,
  type KeyProviderService,
  type ServiceContext,
} from "./service.ts";
