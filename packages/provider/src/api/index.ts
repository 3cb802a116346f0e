export { createApp } from "./app.ts";
export type { ProviderApi, SignedCall } from "./provider-api.ts";
export { ProviderService } from "./provider-service.ts";
export { quotedGrace } from "./quote-pod.ts";
export { type ApiServer, serveApi } from "./server.ts";
