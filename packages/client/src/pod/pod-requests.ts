import {
  type PodLogLine,
  type PodLogQuery,
  type PodStatus,
  type ProviderClient,
  sessionRequests,
  walletRequests,
} from "@apoc/core";
import type { ClientPorts } from "../ports.ts";
import { authorize, type PodRequestTarget } from "./authorize.ts";
import { type Deployment, payingChannel } from "./record.ts";

/** What signing requests needs: the key of the pod, and no wallet. */
export type RequestPorts = Pick<ClientPorts, "chain" | "sessions" | "clock">;

/** Requests about one pod, each signed by its key; errors of the provider are thrown as they are. */
export interface PodRequests {
  put(action: "deploy" | "update", body: Uint8Array): Promise<PodStatus>;
  status(): Promise<PodStatus>;
  logs(query: PodLogQuery): AsyncGenerator<PodLogLine>;
}

/** Speaks about a deployment's pod over a connection whose key was attested. Throws SESSION_KEY_MISSING. */
export function podRequests(
  ports: RequestPorts,
  client: ProviderClient,
  deployment: Deployment,
): PodRequests {
  const target = requestTarget(deployment);
  const { pod } = target;
  const { key, salt } = deployment.session;
  const signer = async () => sessionRequests(await ports.sessions.open(key), salt);
  return {
    put: async (action, body) =>
      client.putPod(pod, body, await authorize(ports, await signer(), action, target, body)),
    status: async () => client.getPod(pod, await authorize(ports, await signer(), "status", target)),
    async *logs(query) {
      yield* client.logs(pod, query, await authorize(ports, await signer(), "logs", target));
    },
  };
}

/** Has the provider remove a pod with its volumes, which only the wallet can ask for. */
export async function removePod(
  ports: Pick<ClientPorts, "chain" | "signer" | "clock">,
  client: ProviderClient,
  deployment: Deployment,
): Promise<PodStatus> {
  const target = requestTarget(deployment);
  return client.deletePod(target.pod, await authorize(ports, walletRequests(ports.signer), "delete", target));
}

/** The pod of a deployment, and the provider that its channel pays. */
export function requestTarget(deployment: Deployment): PodRequestTarget {
  const { publisher, podId } = deployment;
  return { pod: { publisher, podId }, provider: payingChannel(deployment).terms.header.provider };
}
