import type { CollateralServices } from "@apoc/attestation";
import type { ClientEvent, ClientPorts } from "@apoc/client";
import { nodePorts } from "@apoc/client/node";
import { reportAttestation } from "../attestation/report-result.ts";
import { loadTrustPolicy } from "../attestation/trust-policy.ts";
import { ipfsSettings } from "../config/ipfs.ts";
import type { Context } from "../context.ts";

/** How a command differs from the configuration. */
export interface CommandPortOptions {
  /** Trust policy file; otherwise the configured one. */
  readonly policy?: string | undefined;
  /** Where collateral that a provider left out comes from; default: AMD and Intel, kept in the data folder. */
  readonly collateral?: CollateralServices;
  /** Receives events; unless given, what attestation found is said on standard error. */
  readonly onEvent?: (event: ClientEvent) => void;
}

/** Ports of use cases that a command has without a chain and a wallet. Throws CONFIG_INVALID. */
export async function commandPorts(
  ctx: Context,
  { policy, onEvent, ...options }: CommandPortOptions = {},
): Promise<Omit<ClientPorts, "chain" | "signer">> {
  const attested = (event: ClientEvent) => {
    if (event.type === "evidence-appraised") reportAttestation(ctx, event);
  };
  return nodePorts({
    ...options,
    directory: ctx.config.dataDirectory,
    policy: () => loadTrustPolicy(ctx, policy),
    ipfsGateways: (await ipfsSettings(ctx)).gateways,
    signal: ctx.signal,
    onEvent: onEvent ?? attested,
  });
}
