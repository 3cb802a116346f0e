import { toBase64 } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { openChannel } from "../channel/open-channel.ts";
import { clientErrors } from "../errors.ts";
import type { ClientPorts } from "../ports.ts";
import type { DeployPlan, OpenPlan } from "./plan-deploy.ts";
import { waitForDepth } from "./provision.ts";
import type { Deployment } from "./record.ts";
import { type RunningPod, type RunPorts, runPod } from "./run-pod.ts";

/** What paying for and handing over a pod needs. */
export type PayPorts = RunPorts & Pick<ClientPorts, "signer">;

/**
 * Does what {@link planDeploy} planned: opens and funds the channel in one transaction, hands the pod to its provider,
 * and waits until it runs unless `wait` is false. The record is written before money moves, so that a failure at any
 * point is resumed by planning again. Closes the plan.
 * Throws the plan's obstacle, and what `sendCall` and the provider throw.
 */
export async function executeDeploy(
  ports: PayPorts,
  plan: DeployPlan,
  { wait = true }: { readonly wait?: boolean } = {},
): Promise<RunningPod> {
  try {
    const deployment = plan.kind === "open" ? await pay(ports, plan) : plan.deployment;
    const { secrets } = plan.request.pod;
    return await runPod(ports, { deployment, provider: plan.provider, secrets, action: "deploy" }, wait);
  } finally {
    await plan.close();
  }
}

async function pay(ports: PayPorts, plan: OpenPlan): Promise<Deployment> {
  const { chain, signer, records, clock, onEvent } = ports;
  const { quote, deposit, method, pinned, provider } = plan;
  if (plan.obstacle !== undefined) throw plan.obstacle;
  if (quote.signature === undefined) {
    throw new ApocError(clientErrors.QUOTE_SIGNATURE, { field: "quote.signature", actual: "none" });
  }
  const opening: Deployment = {
    version: 2,
    publisher: signer.address,
    podId: quote.channel.header.podId,
    session: { key: plan.session.key, salt: plan.salt },
    channels: [{ id: quote.channelId, terms: quote.channel, deposit }],
    name: pinned.manifest.name,
    state: "opening",
    network: chain.network.name,
    chainId: chain.chainId,
    contract: chain.address("paymentChannel"),
    providerUrl: provider.url,
    tlsKey: toBase64(provider.tlsKey),
    wrappingKey: toBase64(provider.wrappingKey),
    manifest: pinned.manifest,
    createdAt: clock.now().toISOString(),
  };
  await plan.session.keep();
  await records.save(opening);
  if (plan.replaces !== undefined) await records.remove(plan.replaces);
  const { blockNumber } = await openChannel(chain, signer, {
    terms: quote.channel,
    deposit,
    quote: quote.signature,
    method,
  });
  const deployment: Deployment = { ...opening, state: "open" };
  await records.save(deployment);
  const { confirmations } = plan.info.policy;
  await waitForDepth(ports, blockNumber, confirmations);
  onEvent({ type: "channel-funded", id: quote.channelId, block: blockNumber, confirmations });
  return deployment;
}
