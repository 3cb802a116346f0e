import { findDeployment } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Context } from "../context.ts";
import { terminalErrors } from "../errors.ts";
import type { NetworkConfig } from "./config.ts";

/** A network with its name in the configuration. */
export interface NamedNetwork extends NetworkConfig {
  readonly name: string;
}

/**
 * The network of this command: `--network`, `$APOC_NETWORK`, `network` of the configuration, or the only one there
 * is. `--rpc-url` replaces its endpoints. Contracts that the configuration does not name are those of the deployments file,
 * where it knows the chain. Throws NETWORK_UNKNOWN.
 */
export async function selectNetwork(ctx: Pick<Context, "config" | "flags">): Promise<NamedNetwork> {
  const config = await ctx.config.load();
  const names = Object.keys(config.networks);
  const name = ctx.flags.network ?? config.network ?? (names.length === 1 ? names[0] : undefined);
  const network = name === undefined ? undefined : config.networks[name];
  if (name === undefined || network === undefined) {
    throw new ApocError(terminalErrors.NETWORK_UNKNOWN, {
      field: "network",
      expected: names.length === 0 ? "a network in the configuration" : `one of ${names.join(", ")}`,
      actual: name,
      next: names.length === 0 ? { action: "add-chain" } : { action: "list-chains" },
    });
  }
  const { paymentChannel, marketplace, token } = { ...findDeployment(network.chain), ...network };
  return {
    ...network,
    ...(paymentChannel === undefined ? {} : { paymentChannel }),
    ...(marketplace === undefined ? {} : { marketplace }),
    ...(token === undefined ? {} : { token }),
    name,
    rpc: ctx.flags.rpcUrl === undefined ? network.rpc : [ctx.flags.rpcUrl],
  };
}
