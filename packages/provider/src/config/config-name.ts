/** Where the configuration of a provider is looked for. */
export const defaultConfigName = "provider.yaml";
