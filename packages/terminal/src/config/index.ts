export type { Config, NetworkConfig } from "./config.ts";
export { configSchema, namePattern } from "./schema.ts";
export { assertNetworkName, saveNetwork } from "./save-network.ts";
export { type ConfigStore, openConfig } from "./store.ts";
export { type NamedNetwork, selectNetwork } from "./network.ts";
