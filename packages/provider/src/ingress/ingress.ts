import { once } from "node:events";
import {
  createServer,
  request,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { Socket, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";
import { endToEnd, requestHeaders } from "./forwarded-headers.ts";
import { hostnameOf } from "./hostname.ts";

/** Where a pod listens, `starting` while it is known but not there yet, `undefined` when there is no such pod. */
export type PodAddress = { readonly host: string; readonly port: number } | "starting" | undefined;

export interface IngressOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Asked for each request, with the host name in lower case; may wait, for instance until a pod has started. */
  readonly lookup: (hostname: string) => PodAddress | Promise<PodAddress>;
  /** Milliseconds; defaults 10 s for a request's head, 5 s to connect to a pod, 120 s without any byte. */
  readonly timeouts?: { readonly head?: number; readonly connect?: number; readonly idle?: number };
}

export interface Ingress {
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
  const limits = { connect, idle };
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
      (address) => forward(address, incoming, answer, limits),
      (error: unknown) => answerError(answer, error),
    );
  });
  server.on("upgrade", (incoming, socket, rest) => {
    socket.on("error", () => socket.destroy());
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    route(options, incoming).then(
      (address) => forwardUpgrade(address, incoming, socket, rest, limits),
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

type Target = Exclude<PodAddress, "starting" | undefined>;
type Limits = { readonly connect: number; readonly idle: number };

async function route({ lookup }: IngressOptions, { headers }: IncomingMessage): Promise<Target> {
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

/** Opens the request to the pod. `fail` is told of a failure before its answer, once, as a coded error. */
function dial(
  address: Target,
  incoming: IncomingMessage,
  headers: Record<string, string | string[]>,
  limits: Limits,
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
    limits.connect,
  );
  outgoing.once("socket", (socket) => {
    socket.once("connect", () => {
      isConnected = true;
      clearTimeout(connecting);
      socket.setTimeout(limits.idle, () =>
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

function forward(address: Target, incoming: IncomingMessage, answer: ServerResponse, limits: Limits): void {
  const outgoing = dial(address, incoming, requestHeaders(incoming), limits, (error) => {
    incoming.unpipe();
    answerError(answer, error);
  });
  outgoing.once("response", (response) => {
    answer.writeHead(response.statusCode ?? 502, response.statusMessage, endToEnd(response.headers));
    response.pipe(answer);
    // A cut answer must not look like a complete one.
    response.once("aborted", () => answer.destroy());
    response.on("error", () => answer.destroy());
  });
  answer.once("close", () => outgoing.destroy());
  incoming.on("error", () => outgoing.destroy());
  incoming.pipe(outgoing);
}

function forwardUpgrade(
  address: Target,
  incoming: IncomingMessage,
  socket: Duplex,
  rest: Buffer,
  limits: Limits,
): void {
  const headers = {
    ...requestHeaders(incoming),
    connection: "Upgrade",
    upgrade: incoming.headers.upgrade ?? "",
  };
  const outgoing = dial(address, incoming, headers, limits, (error) => {
    if (!socket.destroyed) socket.end(rawError(error));
  });
  outgoing.once("upgrade", (response, upstream, first) => {
    const lines = Object.entries({
      ...endToEnd(response.headers),
      connection: "Upgrade",
      upgrade: response.headers.upgrade ?? "",
    });
    socket.write(rawHead(101, "Switching Protocols", lines));
    socket.write(first);
    upstream.write(rest);
    // A WebSocket may be silent for long; a peer that is gone is found by TCP.
    for (const end of [socket, upstream]) {
      if (!(end instanceof Socket)) continue;
      end.setTimeout(0);
      end.setKeepAlive(true, 60_000);
    }
    upstream.on("error", () => socket.destroy());
    upstream.once("close", () => socket.destroy());
    socket.once("close", () => upstream.destroy());
    upstream.pipe(socket).pipe(upstream);
  });
  outgoing.once("response", (response) => {
    socket.write(
      rawHead(response.statusCode ?? 502, response.statusMessage ?? "", [
        ...Object.entries(endToEnd(response.headers)),
        ["connection", "close"],
      ]),
    );
    response.on("error", () => socket.destroy());
    response.pipe(socket);
  });
  socket.once("close", () => outgoing.destroy());
  outgoing.end();
}

function rawHead(
  status: number,
  message: string,
  headers: readonly (readonly [string, string | string[]])[],
): string {
  const lines = headers.flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`));
  return `${[`HTTP/1.1 ${status} ${message}`, ...lines].join("\r\n")}\r\n\r\n`;
}

const statuses = new Map<string, number>([
  [providerErrors.INGRESS_REQUEST_INVALID.code, 400],
  [providerErrors.INGRESS_HOST_UNKNOWN.code, 404],
  [providerErrors.INGRESS_POD_FAILED.code, 502],
  [providerErrors.INGRESS_POD_UNREADY.code, 503],
  [providerErrors.INGRESS_POD_TIMEOUT.code, 504],
]);

/** A failed lookup is the provider's affair: the client learns only that the pod is not there. */
function documentOf(error: unknown): { status: number; body: string } {
  const known = error instanceof ApocError ? error : new ApocError(providerErrors.INGRESS_POD_UNREADY);
  const status = statuses.get(known.code);
  if (status === undefined) return documentOf(undefined);
  return { status, body: `${JSON.stringify(known)}\n` };
}

function answerError(answer: ServerResponse, error: unknown): void {
  if (answer.headersSent || answer.destroyed) {
    answer.destroy();
    return;
  }
  const { status, body } = documentOf(error);
  answer.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  });
  answer.end(body);
}

function rawError(error: unknown): string {
  const { status, body } = documentOf(error);
  const headers = [
    ["Content-Type", "application/json"],
    ["Content-Length", String(Buffer.byteLength(body))],
    ["Connection", "close"],
  ] as const;
  return rawHead(status, "", headers) + body;
}
