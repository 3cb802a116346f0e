import { defaultConfigName } from "../config/config-name.ts";

/** The option that all commands of a provider share. */
export const configOption = {
  flags: "--config <file>",
  description: "the provider's configuration",
  default: defaultConfigName,
} as const;
