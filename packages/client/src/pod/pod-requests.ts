import type { PodLogLine, PodLogQuery, PodStatus, ProviderClient } from "@apoc/core";
import type { ClientPorts } from "../ports.ts";
import { authorize } from "./authorize.ts";
import type { Deployment } from "./record.ts";

/** What signing requests needs. */
export type RequestPorts = Pick<ClientPorts, "chain" | "signer" | "clock">;

/** Requests about one pod, each signed; errors of the provider are thrown as they are. */
export interface PodRequests {
  put(action: "deploy" | "update", body: Uint8Array): Promise<PodStatus>;
  status(): Promise<PodStatus>;
  remove(): Promise<PodStatus>;
  logs(query: PodLogQuery): AsyncGenerator<PodLogLine>;
}

/** Speaks about a deployment's pod over a connection whose key was attested. */
export function podRequests(
  ports: RequestPorts,
  client: ProviderClient,
  { id, terms }: Pick<Deployment, "id" | "terms">,
): PodRequests {
  const target = { pod: id, provider: terms.header.provider };
  return {
    put: async (action, body) => client.putPod(id, body, await authorize(ports, action, target, body)),
    status: async () => client.getPod(id, await authorize(ports, "status", target)),
    remove: async () => client.deletePod(id, await authorize(ports, "delete", target)),
    async *logs(query) {
      yield* client.logs(id, query, await authorize(ports, "logs", target));
    },
  };
}
