import type { CollateralServices } from "@apoc/attestation";
import { type AttestedProvider, attestProvider as attest, type ProviderExpectation } from "@apoc/client";
import type { Context } from "../context.ts";
import { commandPorts } from "../ports/command-ports.ts";
import { reportAttestation } from "./report-result.ts";

/** How a command attests a provider. */
export interface AttestProviderOptions {
  readonly url: string;
  /** Trust policy file; otherwise the configured one. */
  readonly policy?: string | undefined;
  readonly expect?: ProviderExpectation;
  /** Where collateral that the provider left out comes from; AMD and Intel, kept in the data folder, unless given. */
  readonly collateral?: CollateralServices;
}

/**
 * Attests a provider for a command and says on standard error what was found. Throws TRUST_POLICY_MISSING and what
 * `attestProvider` of the client throws.
 */
export async function attestProvider(
  ctx: Context,
  { url, expect, ...options }: AttestProviderOptions,
): Promise<AttestedProvider> {
  const ports = await commandPorts(ctx, options);
  const onEvent: typeof ports.onEvent = (event) => {
    if (event.type === "evidence-appraised") reportAttestation(ctx, event);
  };
  return attest({ ...ports, onEvent }, url, expect);
}
