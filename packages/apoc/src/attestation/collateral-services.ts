import { join, resolve } from "node:path";
import { AmdKds, type CollateralServices, IntelPcs } from "@apoc/attestation";
import { directoryCache } from "@apoc/attestation/node";
import type { Context } from "@apoc/terminal";
import type { OptionValues } from "@apoc/terminal/command";
import type { collateralOptions } from "./collateral-options.ts";

/** Values of {@link collateralOptions}. */
export type CollateralChoice = OptionValues<typeof collateralOptions>;

/** Folder that these options name. */
export function collateralFolder(ctx: Context, { collateral }: CollateralChoice): string {
  return collateral === undefined
    ? join(ctx.config.dataDirectory, "collateral")
    : resolve(ctx.cwd, collateral);
}

/**
 * The services that these options name.
 *
 * @param renew fetch everything again, whatever is in the folder; `offline` takes precedence
 */
export function openServices(ctx: Context, choice: CollateralChoice, renew = false): CollateralServices {
  const kept = directoryCache(collateralFolder(ctx, choice));
  const cache = renew && !choice.offline ? { ...kept, get: () => Promise.resolve(undefined) } : kept;
  const options = { cache, offline: choice.offline, signal: ctx.signal };
  return {
    kds: new AmdKds({ ...options, ...(choice.kds && { baseUrl: choice.kds }) }),
    pcs: new IntelPcs({
      ...options,
      ...(choice.pcs && { baseUrl: choice.pcs }),
      ...(choice.rootCrl && { rootCrlUrl: choice.rootCrl }),
    }),
  };
}
