import type { ClientPorts, Deployment, OpenChain } from "@apoc/client";
import type { Context } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { commandPorts } from "@apoc/terminal/ports";
import { openWallet } from "@apoc/terminal/wallet";
import { reportEvents } from "../events/report-events.ts";

/** Options of a command that its ports depend on. */
interface PortOptions {
  /** Trust policy file; otherwise the configured one. */
  readonly policy?: string | undefined;
}

/** Ports of a `pod` command without chain and wallet; events are said on standard error. Throws CONFIG_INVALID. */
export async function podPorts(
  ctx: Context,
  { policy }: PortOptions = {},
): Promise<Omit<ClientPorts, "chain" | "signer">> {
  return commandPorts(ctx, { policy, onEvent: reportEvents(ctx) });
}

/**
 * Ports for a deployment that exists, without a wallet: its own network, whatever the default is by now. Requests are
 * signed by the pod's key.
 */
export async function deploymentPorts(
  ctx: Context,
  deployment: Deployment,
  options: PortOptions = {},
): Promise<Omit<ClientPorts, "signer">> {
  const ports = await podPorts(ctx, options);
  return { ...ports, chain: await openDeploymentChain(ctx, deployment) };
}

/** The same with the command's wallet. */
export async function payingPorts(
  ctx: Context,
  deployment: Deployment,
  options: PortOptions = {},
): Promise<ClientPorts> {
  const ports = await deploymentPorts(ctx, deployment, options);
  return { ...ports, signer: (await openWallet(ctx)).signer };
}

/** Connects to the network that a pod was deployed on, unless another one is given. Throws as `openChain`. */
export function openDeploymentChain(ctx: Context, deployment: Deployment): Promise<OpenChain> {
  const network = ctx.flags.network ?? deployment.network;
  return openChain({ ...ctx, flags: { ...ctx.flags, network } });
}
