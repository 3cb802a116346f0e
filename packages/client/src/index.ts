/**
 * What one does with apoc, as functions over ports: no terminal, no process, no prompt. This entry runs in a browser;
 * what needs files or sockets is `@apoc/client/node`.
 */
export * from "./attestation/index.ts";
export * from "./chain/index.ts";
export * from "./channel/index.ts";
export { systemClock } from "./clock.ts";
export * from "./developer/index.ts";
export { clientErrors } from "./errors.ts";
export type { ClientEvent } from "./events.ts";
export * from "./market/index.ts";
export * from "./pod/index.ts";
export type * from "./ports.ts";
export * from "./provider/index.ts";
export { accountSigner } from "./signer/account-signer.ts";
export { browserSigner } from "./signer/browser-signer.ts";
