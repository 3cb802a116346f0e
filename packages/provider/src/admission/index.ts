export { createSources, firstAnswer, type RpcSource } from "./chain-sources.ts";
export { createChainView, createSignatureVerifier } from "./chain-view.ts";
export { AdmissionDesk, type ProviderIdentity, type SignedRequest } from "./desk.ts";
export { createGrantFinder } from "./grant-sources.ts";
export { createMonitorStatements, type Monitor } from "./monitor-statements.ts";
