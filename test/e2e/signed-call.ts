import {
  type PodAction,
  type PodIdentity,
  type PodStatus,
  ProviderClient,
  type RequestAuthorization,
  type RequestSigner,
  signRequest,
  walletRequests,
} from "@apoc/core";
import { pinnedConnection } from "@apoc/client/node";
import { openRoleAccount, type Role, type Stage } from "apoc/demo";
import { createPublicClient, http } from "viem";

/** A request of one role about a pod, signed by its wallet unless another signer is given. */
export async function signAs(
  { chain, contracts, roles }: Stage,
  role: Role,
  action: PodAction,
  pod: PodIdentity,
  { body = new Uint8Array(), signer }: { body?: Uint8Array; signer?: RequestSigner } = {},
): Promise<RequestAuthorization> {
  const client = createPublicClient({ transport: http(chain.url) });
  const head = await client.getBlockNumber();
  const block = await client.getBlock({ blockNumber: head > 2n ? head - 2n : 0n });
  return signRequest(
    {
      action,
      pod,
      provider: roles.sofia.address,
      body,
      block: { number: block.number, hash: block.hash },
      chainId: 31337,
      contract: contracts.paymentChannel,
      now: Math.floor(Date.now() / 1000),
    },
    signer ?? walletRequests(await openRoleAccount(role)),
  );
}

/** A client of the provider that does not care for evidence. */
export function clientOf({ provider }: Stage): ProviderClient {
  return new ProviderClient(provider.url, { fetch: pinnedConnection().fetch });
}

/** What the provider tells a role about a pod. */
export async function statusOf(stage: Stage, role: Role, pod: PodIdentity): Promise<PodStatus> {
  return clientOf(stage).getPod(pod, await signAs(stage, role, "status", pod));
}

/** Execution cost that the provider has metered on the channel that pays for a pod. */
export async function meteredOf(stage: Stage, role: Role, pod: PodIdentity): Promise<bigint> {
  return (await statusOf(stage, role, pod)).channels.at(-1)!.metered;
}
