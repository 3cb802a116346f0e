import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";
import { answerError } from "./answer-error.ts";
import { forwardRequest } from "./forward-request.ts";
import { forwardUpgrade } from "./forward-upgrade.ts";
import { hostnameOf } from "./hostname.ts";
import type { PodAddress, PodTarget } from "./pod-address.ts";
import { rawError } from "./raw-answer.ts";

/** Where an ingress listens, how it finds pods, and how long it waits. */
export interface IngressOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Asked for each request, with the host name in lower case; may wait, for instance until a pod has started. */
  readonly lookup: (hostname: string) => PodAddress | Promise<PodAddress>;
  /** Milliseconds; defaults 10 s for a request's head, 5 s to connect to a pod, 120 s without any byte. */
  readonly timeouts?: { readonly head?: number; readonly connect?: number; readonly idle?: number };
}

/** An ingress that takes connections. */
export interface Ingress {
  /** Port that it listens on. */
  readonly port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * The reverse proxy before the pods: routes by `Host`, streams both ways, passes WebSockets on. It connects to what
 * `lookup` returns and to nothing else. Failures are answered as JSON error documents: 400 `INGRESS_REQUEST_INVALID`,
 * 404 `INGRESS_HOST_UNKNOWN`, 502 `INGRESS_POD_FAILED`, 503 `INGRESS_POD_UNREADY`, 504 `INGRESS_POD_TIMEOUT`.
 */
export async function createIngress(options: IngressOptions): Promise<Ingress> {
  const { head = 10_000, connect = 5_000, idle = 120_000 } = options.timeouts ?? {};
  const timeouts = { connect, idle };
  const upgraded = new Set<Duplex>();
  const server = createServer({
    headersTimeout: head,
    requestTimeout: 0,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: 1_000,
  });
  // Longer than a pod may be silent, so that the client still gets the error about it.
  server.setTimeout(idle * 2);
  server.on("request", (incoming, answer) => {
    route(options, incoming).then(
      (address) => forwardRequest(address, incoming, answer, timeouts),
      (error: unknown) => answerError(answer, error),
    );
  });
  server.on("upgrade", (incoming, socket, rest) => {
    socket.on("error", () => socket.destroy());
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    route(options, incoming).then(
      (address) => forwardUpgrade(address, incoming, socket, rest, timeouts),
      (error: unknown) => socket.end(rawError(error)),
    );
  });
  server.listen(options.listen.port, options.listen.host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      await closed;
    },
  };
}

async function route({ lookup }: IngressOptions, { headers }: IncomingMessage): Promise<PodTarget> {
  if (headers.host === undefined) {
    throw new ApocError(providerErrors.INGRESS_REQUEST_INVALID, {
      field: "Host",
      expected: "the host name of a pod",
    });
  }
  const hostname = hostnameOf(headers.host);
  const address = hostname === undefined ? undefined : await lookup(hostname);
  if (address === undefined) {
    throw new ApocError(providerErrors.INGRESS_HOST_UNKNOWN, {
      field: "Host",
      actual: headers.host.slice(0, 255),
    });
  }
  if (address === "starting") throw new ApocError(providerErrors.INGRESS_POD_UNREADY, { field: hostname });
  return address;
}
