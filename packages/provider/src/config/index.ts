export { defaultConfigName } from "./config-name.ts";
export { configurationDigest, configurationDocument } from "./configuration-digest.ts";
export { loadProviderConfig, parseProviderConfig } from "./load.ts";
export { sampleConfig } from "./sample.ts";
export { type ProviderConfig, providerConfigSchema } from "./schema.ts";
