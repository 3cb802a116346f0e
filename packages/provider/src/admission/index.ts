export { createSources, firstAnswer, type RpcSource } from "./chain-sources.ts";
export {
  createChainView,
  createSignatureVerifier,
  type ProviderChainView,
  type WatchedChain,
} from "./chain-view.ts";
export { AdmissionDesk, type ProviderIdentity, type SignedRequest } from "./desk.ts";
export { createGrantFinder } from "./grant-sources.ts";
export { createMonitorStatements, type Monitor } from "./monitor-statements.ts";
