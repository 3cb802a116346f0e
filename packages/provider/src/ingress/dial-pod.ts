import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";
import type { PodTarget } from "./pod-address.ts";

/** How long a pod may take, in milliseconds. */
export interface PodTimeouts {
  /** To accept a connection. */
  readonly connect: number;
  /** Without any byte. */
  readonly idle: number;
}

/** Opens the request to a pod. `fail` is told of a failure before its answer, once, as a coded error. */
export function dialPod(
  address: PodTarget,
  incoming: IncomingMessage,
  headers: Record<string, string | string[]>,
  timeouts: PodTimeouts,
  fail: (error: unknown) => void,
): ClientRequest {
  let isConnected = false;
  const outgoing = request({
    host: address.host,
    port: address.port,
    method: incoming.method,
    path: incoming.url,
    headers,
    // A kept connection could outlive the pod whose address another gets next.
    agent: false,
  });
  const connecting = setTimeout(
    () => outgoing.destroy(new ApocError(providerErrors.INGRESS_POD_UNREADY)),
    timeouts.connect,
  );
  outgoing.once("socket", (socket) => {
    socket.once("connect", () => {
      isConnected = true;
      clearTimeout(connecting);
      socket.setTimeout(timeouts.idle, () =>
        outgoing.destroy(new ApocError(providerErrors.INGRESS_POD_TIMEOUT)),
      );
    });
  });
  outgoing.once("close", () => clearTimeout(connecting));
  outgoing.on("error", (cause) => {
    const descriptor = isConnected ? providerErrors.INGRESS_POD_FAILED : providerErrors.INGRESS_POD_UNREADY;
    fail(cause instanceof ApocError ? cause : new ApocError(descriptor));
  });
  return outgoing;
}
