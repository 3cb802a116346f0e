import { digestToBytes32, executionRate, type LoadedPod, type ResourcePrices } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { type AttestedProvider, attestProvider } from "../attestation/attest-provider.ts";
import { clientErrors } from "../errors.ts";
import { assertNetwork } from "./ownership.ts";
import { pinImages } from "./pin-images.ts";
import type { PinnedPod } from "./pinned-pod.ts";
import type { QuotePorts } from "./quote-pod.ts";
import { type Deployment, payingChannel } from "./record.ts";
import { type RunningPod, type RunPorts, runPod } from "./run-pod.ts";

/** What planning an update needs: no wallet. */
export type UpdatePorts = QuotePorts;

/** Another manifest for a deployment, which its channel pays for; nothing has been signed or sent. */
export interface UpdatePlan {
  /** The deployment with its new manifest. */
  readonly deployment: Deployment;
  readonly pod: LoadedPod;
  readonly pinned: PinnedPod;
  readonly provider: AttestedProvider;
  /** Closes the connection to the provider. `executeUpdate` does, too. */
  close(): Promise<void>;
}

/**
 * Plans to run another manifest on a deployment's channel. The caller executes or closes the plan.
 * Throws PAYEES_CHANGED where the channel does not pay for it, NETWORK_OTHER, what `attestProvider` throws.
 */
export async function planUpdate(
  ports: UpdatePorts,
  deployment: Deployment,
  pod: LoadedPod,
): Promise<UpdatePlan> {
  assertNetwork(ports.chain, deployment);
  const { name, chainId, providerUrl } = deployment;
  const { terms } = payingChannel(deployment);
  const expect = { chainId, provider: terms.header.provider };
  const provider = await attestProvider(ports, providerUrl, expect);
  try {
    const { platform, prices } = await provider.client.info();
    const pinned = await pinImages(ports, { ...pod.manifest, name }, platform);
    assertPaid(deployment, pinned, prices);
    return {
      deployment: { ...deployment, manifest: pinned.manifest },
      pod,
      pinned,
      provider,
      close: () => provider.close(),
    };
  } catch (error) {
    await provider.close();
    throw error;
  }
}

/** Does what {@link planUpdate} planned, and waits until the pod runs unless `wait` is false. Closes the plan. */
export async function executeUpdate(
  ports: RunPorts,
  plan: UpdatePlan,
  { wait = true }: { readonly wait?: boolean } = {},
): Promise<RunningPod> {
  try {
    const { deployment, pod, provider } = plan;
    const handover = { deployment, provider, secrets: pod.secrets, action: "update" } as const;
    return await runPod(ports, handover, wait);
  } finally {
    await plan.close();
  }
}

/** Every licensed image has a payee in the channel, and the resources cost no more than it allows. */
function assertPaid(deployment: Deployment, { manifest, images }: PinnedPod, prices: ResourcePrices) {
  const { terms } = payingChannel(deployment);
  const next = { action: "close-pod", subject: deployment.name } as const;
  for (const { named, digest, license } of images.values()) {
    const paid = terms.payees.some(({ imageDigest }) => imageDigest === digestToBytes32(digest));
    if (license === undefined || paid) continue;
    const expected = `a payee for ${digest}`;
    throw new ApocError(clientErrors.PAYEES_CHANGED, { field: named, expected, next });
  }
  const rate = executionRate(manifest, prices);
  if (rate > terms.header.maxExecRate) {
    throw new ApocError(clientErrors.PAYEES_CHANGED, {
      field: "resources",
      expected: `an execution rate of at most ${terms.header.maxExecRate}`,
      actual: String(rate),
      next,
    });
  }
}
