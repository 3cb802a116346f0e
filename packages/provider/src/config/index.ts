export { defaultConfigName, loadProviderConfig, parseProviderConfig } from "./load.ts";
export { sampleConfig } from "./sample.ts";
export { type ProviderConfig, providerConfigSchema } from "./schema.ts";
