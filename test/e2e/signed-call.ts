import {
  type PodAction,
  type PodStatus,
  ProviderClient,
  type RequestAuthorization,
  signRequest,
} from "@apoc/core";
import { pinnedConnection } from "@apoc/client/node";
import { openRoleAccount, type Role, type Stage } from "apoc/demo";
import { createPublicClient, type Hex, http } from "viem";

/** A request of one role about a pod, signed as the command line does it, without starting one. */
export async function signAs(
  { chain, contracts, roles }: Stage,
  role: Role,
  action: PodAction,
  pod: Hex,
): Promise<RequestAuthorization> {
  const account = await openRoleAccount(role);
  const client = createPublicClient({ transport: http(chain.url) });
  const head = await client.getBlockNumber();
  const block = await client.getBlock({ blockNumber: head > 2n ? head - 2n : 0n });
  return signRequest(
    {
      action,
      pod,
      provider: roles.sofia.address,
      body: new Uint8Array(),
      block: { number: block.number, hash: block.hash },
      chainId: 31337,
      contract: contracts.paymentChannel,
      now: Math.floor(Date.now() / 1000),
    },
    account,
  );
}

/** A client of the provider that does not care for evidence. */
export function clientOf({ provider }: Stage): ProviderClient {
  return new ProviderClient(provider.url, { fetch: pinnedConnection().fetch });
}

/** What the provider tells a role about a pod. */
export async function statusOf(stage: Stage, role: Role, pod: Hex): Promise<PodStatus> {
  return clientOf(stage).getPod(pod, await signAs(stage, role, "status", pod));
}
