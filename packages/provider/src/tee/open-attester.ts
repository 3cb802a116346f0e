import { join } from "node:path";
import { AmdKds, IntelPcs } from "@apoc/attestation";
import { directoryCache } from "@apoc/attestation/node";
import { ApocError } from "@apoc/errors";
import type { ProviderConfig } from "../config/index.ts";
import { providerErrors } from "../errors.ts";
import type { Attester } from "./attester.ts";
import { configfsAttester } from "./configfs-attester.ts";
import { developmentAttester } from "./development-attester.ts";

/**
 * The attester that the configuration names, and no other: where it is unavailable, its calls fail.
 * @throws ATTESTER_MISSING, ATTESTER_DEVELOPMENT
 */
export function openAttester(config: Pick<ProviderConfig, "attester" | "development" | "dataDir">): Attester {
  if (config.attester === undefined) {
    throw new ApocError(providerErrors.ATTESTER_MISSING, {
      field: "attester",
      expected: "attester: {configfs: true}, or {development: <unix socket>}",
      next: { action: "start-development-tee" },
    });
  }
  const { development, privlevel, kds } = config.attester;
  if (development === undefined) {
    const cache = directoryCache(join(config.dataDir, "collateral"));
    return configfsAttester({
      kds: new AmdKds({ cache, ...(kds && { baseUrl: kds }) }),
      pcs: new IntelPcs({ cache }),
      privlevel,
    });
  }
  if (!config.development) {
    throw new ApocError(providerErrors.ATTESTER_DEVELOPMENT, {
      field: "development",
      expected: "true",
      actual: "false",
    });
  }
  return developmentAttester(development);
}
