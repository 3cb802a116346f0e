export { createApp } from "./app.ts";
export type { ProviderApi, SignedCall } from "./provider-api.ts";
export { ProviderService, quotedGrace } from "./provider-service.ts";
export { type ApiServer, serveApi } from "./server.ts";
