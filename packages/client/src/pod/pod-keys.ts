import { encodePodKeyRequest, type PodKey, walletRequests } from "@apoc/core";
import type { ClientPorts } from "../ports.ts";
import { authorize } from "./authorize.ts";
import { type ConnectPorts, connectProvider } from "./connect.ts";
import { assertNetwork, assertPublisher } from "./ownership.ts";
import { requestTarget } from "./pod-requests.ts";
import type { Deployment } from "./record.ts";

/**
 * Says as the wallet what a key of a pod may do, and until when: adds it, changes it, or revokes it with no scopes, which
 * cannot be undone. It holds at once, at the deployment's provider.
 * Throws NETWORK_OTHER, WALLET_OTHER, KEY_REVOKED, what the provider answers and what `connectProvider` throws.
 */
export async function setPodKey(
  ports: ConnectPorts & Pick<ClientPorts, "chain" | "signer">,
  deployment: Deployment,
  key: PodKey,
): Promise<void> {
  assertNetwork(ports.chain, deployment);
  assertPublisher(ports.signer, deployment);
  const target = requestTarget(deployment);
  const body = encodePodKeyRequest(key);
  const connection = await connectProvider(ports, deployment);
  try {
    const signed = await authorize(ports, walletRequests(ports.signer), "keys", target, body);
    await connection.client.putPodKey(target.pod, body, signed);
  } finally {
    await connection.close();
  }
}
