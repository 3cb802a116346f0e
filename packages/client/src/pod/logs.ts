import type { PodLogLine, PodLogQuery } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { clientErrors } from "../errors.ts";
import { type ConnectPorts, connectProvider } from "./connect.ts";
import { assertNetwork } from "./ownership.ts";
import { podRequests, type RequestPorts } from "./pod-requests.ts";
import type { Deployment } from "./record.ts";

/**
 * What the containers of a pod write, as the provider streams it; with `follow`, until it ends or the caller stops.
 * Throws CONTAINER_UNKNOWN, what the provider answers and what `connectProvider` throws.
 */
export async function* readPodLogs(
  ports: ConnectPorts & RequestPorts,
  deployment: Deployment,
  query: PodLogQuery = {},
): AsyncGenerator<PodLogLine> {
  const { container } = query;
  const names = deployment.manifest.containers.map(({ name }) => name);
  if (container !== undefined && !names.includes(container)) {
    throw new ApocError(clientErrors.CONTAINER_UNKNOWN, {
      field: "container",
      expected: `one of ${names.join(", ")}`,
      actual: container,
    });
  }
  assertNetwork(ports.chain, deployment);
  const connection = await connectProvider(ports, deployment);
  try {
    yield* podRequests(ports, connection.client, deployment).logs(query);
  } finally {
    await connection.close();
  }
}
