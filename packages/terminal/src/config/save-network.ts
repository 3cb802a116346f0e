import { isDeepStrictEqual } from "node:util";
import { ApocError } from "@apoc/errors";
import type { Context } from "../context.ts";
import { terminalErrors } from "../errors.ts";
import type { Config, NetworkConfig } from "./config.ts";
import { namePattern } from "./schema.ts";

/** Throws NAME_INVALID. */
export function assertNetworkName(name: string): void {
  if (namePattern.test(name)) return;
  throw new ApocError(terminalErrors.NAME_INVALID, {
    field: "name",
    expected: "a-z, 0-9, . _ -, at most 63 characters",
    actual: name,
  });
}

/**
 * Writes a network into the configuration; the first becomes the default one. One that is there already stays unless it is
 * the same or `replace` is given. Throws NETWORK_EXISTS, NAME_INVALID, CONFIG_INVALID.
 */
export async function saveNetwork(
  ctx: Pick<Context, "config">,
  name: string,
  network: NetworkConfig,
  replace: boolean,
): Promise<{ readonly path: string; readonly config: Config }> {
  assertNetworkName(name);
  const config = await ctx.config.update((before) => {
    const known = before.networks[name];
    if (known !== undefined && !replace && !isDeepStrictEqual(known, network)) {
      throw new ApocError(terminalErrors.NETWORK_EXISTS, {
        field: name,
        next: { action: "give-option", subject: "--replace" },
      });
    }
    return {
      ...before,
      network: before.network ?? name,
      networks: { ...before.networks, [name]: network },
    };
  });
  return { path: ctx.config.path, config };
}
