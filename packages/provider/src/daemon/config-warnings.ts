import { quotedGrace } from "../api/index.ts";
import type { ProviderConfig } from "../config/index.ts";

/**
 * What an operator should know about a valid configuration. What is not claimed when a publisher takes its rest back is
 * lost, so claims must come more often than that.
 */
export function configWarnings({ claim, policy }: Pick<ProviderConfig, "claim" | "policy">): string[] {
  const grace = quotedGrace(policy);
  if (claim.intervalSeconds < grace) return [];
  return [
    `claim.intervalSeconds (${claim.intervalSeconds}) is not below the unlock delay that is quoted (${grace} s): ` +
      "while this provider is down for that long, a publisher can take back what was used and not claimed.",
  ];
}
