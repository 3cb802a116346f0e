import type { CollateralServices } from "@apoc/attestation";
import * as client from "@apoc/client";
import { pinnedConnection } from "@apoc/client/node";
import type { Context } from "../context.ts";
import { openCollateral } from "./collateral.ts";
import { reportAttestation } from "./report-result.ts";
import { loadTrustPolicy } from "./trust-policy.ts";

/** How a command attests a provider. */
export interface AttestProviderOptions {
  readonly url: string;
  /** Trust policy file; otherwise the configured one. */
  readonly policy?: string | undefined;
  readonly expect?: client.ProviderExpectation;
  /** Lists every check with its verdict; otherwise only failures and one line. */
  readonly listChecks?: boolean;
  /** Where collateral that the provider left out comes from; AMD and Intel, kept in the data folder, unless given. */
  readonly collateral?: CollateralServices;
}

/**
 * Attests a provider for a command and says on standard error what was found. Throws TRUST_POLICY_MISSING and what
 * `attestProvider` of the client throws.
 */
export function attestProvider(
  ctx: Context,
  { url, policy, expect, listChecks = false, collateral }: AttestProviderOptions,
): Promise<client.AttestedProvider> {
  const ports: client.AttestationPorts = {
    policy: () => loadTrustPolicy(ctx, policy),
    collateral: collateral ?? openCollateral(ctx),
    connect: pinnedConnection,
    clock: client.systemClock,
    signal: ctx.signal,
    onEvent: (event) => reportAttestation(ctx, event, { listChecks }),
  };
  return client.attestProvider(ports, url, expect);
}
