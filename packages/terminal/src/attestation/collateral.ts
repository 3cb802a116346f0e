import { join } from "node:path";
import { AmdKds, type CollateralServices, IntelPcs } from "@apoc/attestation";
import { directoryCache } from "@apoc/attestation/node";
import type { Context } from "../context.ts";

/** AMD's and Intel's services, what they gave being kept in the folder `collateral` of the data folder. */
export function openCollateral({ config, signal }: Pick<Context, "config" | "signal">): CollateralServices {
  const options = { cache: directoryCache(join(config.dataDirectory, "collateral")), signal };
  return { kds: new AmdKds(options), pcs: new IntelPcs(options) };
}
