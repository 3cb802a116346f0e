import type { Attester } from "./attester.ts";

/** What the operator of a provider must know about its attester. */
export function attesterWarnings({ development, keyLifetime }: Attester): string[] {
  const warnings: string[] = [];
  if (development)
    warnings.push(
      "DEVELOPMENT TEE: nothing here is confidential. Never use it with real licenses or secrets.",
    );
  if (keyLifetime === "process")
    warnings.push(
      "the wrapping key lives in this process only: every grant and sealed secret ends with it, at the next stop.",
    );
  return warnings;
}
