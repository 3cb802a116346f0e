import { ApocError } from "@apoc/errors";
import type { ProviderConfig } from "../config/index.ts";
import { providerErrors } from "../errors.ts";
import type { Attester } from "./attester.ts";
import { developmentAttester } from "./development-attester.ts";

/** The attester that the configuration names. @throws ATTESTER_MISSING, ATTESTER_DEVELOPMENT */
export function openAttester(config: Pick<ProviderConfig, "attester" | "development">): Attester {
  if (config.attester === undefined) {
    throw new ApocError(providerErrors.ATTESTER_MISSING, {
      field: "attester",
      expected: "attester: {development: <unix socket>}",
      hint: "apoc tee serve",
    });
  }
  if (!config.development) {
    throw new ApocError(providerErrors.ATTESTER_DEVELOPMENT, {
      field: "development",
      expected: "true",
      actual: "false",
    });
  }
  return developmentAttester(config.attester.development);
}
