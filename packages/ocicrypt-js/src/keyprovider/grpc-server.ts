import { chmod } from "node:fs/promises";
import {
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { ApocError, isApocError } from "@apoc/errors";
import { ocicryptErrors } from "../errors.ts";
import { formatGrpcAddress, isLocal, parseGrpcAddress } from "./address.ts";
import {
  encodeStatusMessage,
  framedLimit,
  frameMessage,
  grpcPaths,
  grpcStatus,
  unframeMessage,
} from "./grpc-message.ts";
import { parseRequest } from "./protocol.ts";
import { answerRequest, type KeyProviderService } from "./service.ts";

export interface KeyProviderServerOptions {
  /** `127.0.0.1:PORT` (0 for any free port) or `unix:///PATH`; only this machine. */
  readonly address: string;
  /** Milliseconds from a call's first byte to its answer; 30 000 by default. A shorter deadline of the client holds. */
  readonly timeout?: number | undefined;
  /** Told of errors that the client is not told of. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A listening key provider. */
export interface KeyProviderServer {
  /** For `"grpc"` in `ocicrypt_keyprovider.conf`. */
  readonly address: string;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Calls under way at a time in one connection, and connections. */
const maxCalls = 64;
const maxConnections = 128;

/** Milliseconds after which a connection without traffic ends; clients open another one. */
const idleTimeout = 300_000;

/**
 * Serves ocicrypt's gRPC service on this machine, so that skopeo, podman, buildah, ctd-decoder and CRI-O ask for keys
 * here. Anyone who can connect can ask: a Unix socket has mode 0600, a port is open to all users of the machine.
 * @throws KEY_PROVIDER_CONFIG for an address elsewhere or in use
 */
export async function serveKeyProvider(
  service: KeyProviderService,
  options: KeyProviderServerOptions,
): Promise<KeyProviderServer> {
  const address = parseGrpcAddress(options.address, "address");
  if (!isLocal(address)) {
    throw new ApocError(ocicryptErrors.KEY_PROVIDER_CONFIG, {
      field: "address",
      expected: "a loopback address or unix:///PATH",
      actual: options.address.slice(0, 80),
    });
  }
  const server = createServer({ settings: { maxConcurrentStreams: maxCalls }, maxSessionMemory: 8 });
  const sessions = new Set<ServerHttp2Session>();
  server.maxConnections = maxConnections;
  server.on("session", (session) => {
    sessions.add(session);
    session.setTimeout(idleTimeout, () => session.destroy());
    session.once("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    void answerCall(service, stream, headers, options);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const details = { field: "address", actual: options.address.slice(0, 80), cause };
      reject(new ApocError(ocicryptErrors.KEY_PROVIDER_CONFIG, details));
    });
    server.listen(address, () => resolve());
  });
  if ("path" in address) await chmod(address.path, 0o600);
  const bound = "path" in address ? address : { ...address, port: (server.address() as AddressInfo).port };
  return {
    address: formatGrpcAddress(bound),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  };
}

async function answerCall(
  service: KeyProviderService,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { timeout = 30_000, onError }: KeyProviderServerOptions,
): Promise<void> {
  const gone = new AbortController();
  stream.once("close", () => gone.abort());
  const deadline = AbortSignal.timeout(Math.min(timeout, clientTimeout(headers["grpc-timeout"])));
  const signal = AbortSignal.any([gone.signal, deadline]);
  try {
    const answer = await Promise.race([
      (async () => {
        checkHeaders(headers);
        const request = unframeMessage(await readBody(stream));
        if (grpcPaths[parseRequest(request).op] !== headers[":path"])
          throw new Refusal(grpcStatus.invalidArgument, "op and method differ");
        return answerRequest(service, request, signal);
      })(),
      new Promise<never>((_, reject) => {
        const stop = () => reject(new Refusal(grpcStatus.deadlineExceeded, "out of time"));
        signal.addEventListener("abort", stop, { once: true });
      }),
    ]);
    if (stream.destroyed) return;
    stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(frameMessage(answer));
  } catch (error) {
    if (!(error instanceof Refusal) && !isApocError(error)) onError?.(error);
    if (stream.destroyed || stream.headersSent) return;
    const { status, text } = describe(error);
    stream.respond(
      {
        ":status": 200,
        "content-type": "application/grpc+proto",
        "grpc-status": String(status),
        "grpc-message": encodeStatusMessage(text),
      },
      { endStream: true },
    );
    // What of the request is still to come is not wanted.
    if (!stream.readableEnded) stream.close();
  }
}

/** An answer of the protocol itself. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

/** What the client is told: coded errors in full, of others only that there was one. */
function describe(error: unknown): { status: number; text: string } {
  if (error instanceof Refusal) return { status: error.status, text: error.message };
  if (isApocError(error, ocicryptErrors.KEY_PROVIDER_MESSAGE))
    return { status: grpcStatus.invalidArgument, text: error.message };
  if (isApocError(error)) {
    const detail = error.detail === undefined ? "" : `: ${error.detail}`;
    return { status: grpcStatus.permissionDenied, text: `${error.code} ${error.message}${detail}` };
  }
  return { status: grpcStatus.internal, text: "internal error" };
}

function checkHeaders(headers: IncomingHttpHeaders): void {
  const type = headers["content-type"] ?? "";
  const known = Object.values(grpcPaths) as (string | undefined)[];
  if (headers[":method"] !== "POST" || !/^application\/grpc(\+proto)?(;|$)/.test(type))
    throw new Refusal(grpcStatus.invalidArgument, "POST of application/grpc is expected");
  if (!known.includes(headers[":path"])) throw new Refusal(grpcStatus.unimplemented, "unknown method");
  const encoding = headers["grpc-encoding"] ?? "identity";
  if (encoding !== "identity") throw new Refusal(grpcStatus.unimplemented, "no compression is supported");
}

/** By events: leaving an asynchronous iteration would destroy the stream before it can be answered. */
function readBody(stream: ServerHttp2Stream): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= framedLimit) return void chunks.push(chunk);
      stream.pause();
      return reject(new Refusal(grpcStatus.resourceExhausted, "the request is too large"));
    });
    stream.once("end", () => resolve(Buffer.concat(chunks)));
  });
}

/** Milliseconds of `grpc-timeout` (grpc, doc/PROTOCOL-HTTP2.md); none is endless. */
function clientTimeout(value: string | string[] | undefined): number {
  const [, digits, unit = ""] = /^([0-9]{1,8})([HMSmun])$/.exec(String(value)) ?? [];
  const scale: Record<string, number> = { H: 3.6e6, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
  return digits === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(Number(digits) * (scale[unit] ?? 1));
}
