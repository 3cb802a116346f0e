import type { z } from "zod";
import type { configSchema } from "./schema.ts";

/** Content of config.yaml. */
export type Config = z.output<typeof configSchema>;

/** A network of the configuration: chain, endpoints, contract addresses. */
export type NetworkConfig = Config["networks"][string];
