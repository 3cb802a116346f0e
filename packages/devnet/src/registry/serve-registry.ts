import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ApocError } from "@apoc/errors";
import { isLoopback } from "@apoc/oci";
import { devnetErrors } from "../errors.ts";
import { type Answer, refuse } from "./answer.ts";
import { DirectoryBlobs, MemoryBlobs } from "./blob-store.ts";
import type { RegistryState } from "./exchange.ts";
import { distort, type Fault, type FaultHook, type RegistryRequest } from "./faults.ts";
import { Links } from "./links.ts";
import { route } from "./route.ts";
import { Uploads } from "./uploads.ts";

export interface ServeRegistryOptions {
  /** Folder that keeps what is pushed; memory when left out. */
  dir?: string;
  /** Loopback only; port 0, the default, takes a free one. */
  listen?: { host?: string; port?: number };
  /** Takes image manifests whose blobs are not here; refused with MANIFEST_BLOB_UNKNOWN by default. */
  sparse?: boolean;
  /** Called for each request before it is answered. */
  onRequest?: (request: RegistryRequest) => void;
  faults?: FaultHook;
}

/** A request that was answered. */
export interface AnsweredRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly status: number;
}

export interface RunningRegistry {
  /** `http://127.0.0.1:5000` */
  readonly url: string;
  /** `127.0.0.1:5000`, as it is in an image reference. */
  readonly host: string;
  /** The last 10 000 requests. */
  readonly requests: readonly AnsweredRequest[];
  close(): Promise<void>;
}

const keptRequests = 10_000;

/**
 * Serves an OCI registry (distribution-spec 1.1: pull, push, deletion, mounts, tags, referrers; SHA-256 and SHA-512)
 * to this machine. It has no access control and so listens on loopback addresses only.
 * @throws REGISTRY_LISTEN
 */
export async function serveRegistry(options: ServeRegistryOptions = {}): Promise<RunningRegistry> {
  const { host = "127.0.0.1", port = 0 } = options.listen ?? {};
  if (!isLoopback(host) && host !== "::1") {
    throw new ApocError(devnetErrors.REGISTRY_LISTEN, {
      field: "listen",
      expected: "a loopback host",
      actual: host,
    });
  }
  const { dir } = options;
  const blobs = dir === undefined ? new MemoryBlobs() : await DirectoryBlobs.open(dir);
  const links = dir === undefined ? new Links() : await Links.open(dir);
  const state: RegistryState = { blobs, links, uploads: new Uploads(blobs), sparse: options.sparse ?? false };
  const requests: AnsweredRequest[] = [];
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    serve(state, options, request, response).then(
      (status) => {
        requests.push({ method: request.method ?? "", path: request.url ?? "", status });
        if (requests.length > keptRequests) requests.shift();
      },
      // The connection broke, or the disk failed: there is no answer to give.
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new ApocError(devnetErrors.REGISTRY_LISTEN, { field: "listen", actual: `${host}:${port}`, cause }),
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const authority = `${host.includes(":") ? `[${host}]` : host}:${address.port}`;
  return {
    url: `http://${authority}`,
    host: authority,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await state.uploads.cancelAll();
    },
  };
}

async function serve(
  state: RegistryState,
  options: ServeRegistryOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<number> {
  const seen: RegistryRequest = {
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: request.headers,
  };
  options.onRequest?.(seen);
  const fault = options.faults?.(seen);
  if (fault?.disconnect === true) {
    request.socket.destroy();
    return 0;
  }
  let answer: Answer;
  if (fault?.status !== undefined) answer = { status: fault.status, headers: fault.headers ?? {} };
  else {
    const url = URL.parse(`http://registry.invalid${seen.path}`);
    answer = url === null ? refuse("NAME_INVALID", "not a path") : await route({ state, request, url });
    if (fault !== undefined) answer = await distort(answer, fault);
  }
  // A body that nobody read must not stand before the next request of the connection.
  if (!request.complete) request.resume();
  await write(answer, fault, request, response);
  return answer.status;
}

async function write(
  answer: Answer,
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(answer.status, { "docker-distribution-api-version": "registry/2.0", ...answer.headers });
  if (answer.body === undefined || request.method === "HEAD") {
    response.end();
    return;
  }
  let left = fault?.breakAfter ?? Number.POSITIVE_INFINITY;
  for await (const chunk of answer.body instanceof Uint8Array ? [answer.body] : answer.body) {
    const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= part.length;
    if (!response.write(part)) await drained(response);
    if (left <= 0) {
      setImmediate(() => response.destroy());
      return;
    }
    if (response.destroyed) return;
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}
