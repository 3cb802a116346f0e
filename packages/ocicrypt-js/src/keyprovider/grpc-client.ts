import { readFile } from "node:fs/promises";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { connect as connectSocket } from "node:net";
import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "../errors.ts";
import { isLocal, parseGrpcAddress } from "./address.ts";
import type { GrpcTls } from "./config.ts";
import {
  decodeStatusMessage,
  framedLimit,
  frameMessage,
  grpcPaths,
  grpcStatus,
  unframeMessage,
} from "./grpc-message.ts";
import type { ProviderRequest } from "./protocol.ts";

/**
 * Makes one call of the gRPC service, over a connection of its own as ocicrypt does.
 * @throws KEY_PROVIDER_CONFIG, KEY_PROVIDER_UNREACHABLE, KEY_PROVIDER_REFUSED, KEY_PROVIDER_TIMEOUT,
 * KEY_PROVIDER_MESSAGE
 */
export async function callGrpc(
  { grpc, tls }: { readonly grpc: string; readonly tls?: GrpcTls },
  op: ProviderRequest["op"],
  request: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const session = await openSession(grpc, tls);
  try {
    return await exchange(session, grpc, op, request, signal);
  } finally {
    session.destroy();
  }
}

async function openSession(grpc: string, tls: GrpcTls | undefined): Promise<ClientHttp2Session> {
  const address = parseGrpcAddress(grpc);
  if (tls === undefined) {
    if (!isLocal(address)) {
      throw new ApocError(ocicryptErrors.KEY_PROVIDER_CONFIG, {
        field: "grpc",
        expected: "this machine, or TLS",
        actual: grpc.slice(0, 80),
      });
    }
    const target = "path" in address ? { path: address.path } : address;
    return connect("http://localhost", { createConnection: () => connectSocket(target) });
  }
  if ("path" in address)
    throw new ApocError(ocicryptErrors.KEY_PROVIDER_CONFIG, { field: "grpc-tls", expected: "HOST:PORT" });
  const read = async (file: string | undefined) => {
    try {
      return file === undefined ? undefined : await readFile(file);
    } catch (cause) {
      throw new ApocError(ocicryptErrors.KEY_PROVIDER_CONFIG, { field: "grpc-tls", actual: file, cause });
    }
  };
  const [ca, cert, key] = await Promise.all([read(tls.rootCaFile), read(tls.certFile), read(tls.keyFile)]);
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return connect(`https://${host}:${address.port}`, {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  });
}

function exchange(
  session: ClientHttp2Session,
  grpc: string,
  op: ProviderRequest["op"],
  request: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const abort = () => fail(signal.reason);
    const fail = (reason: unknown) => {
      signal.removeEventListener("abort", abort);
      reject(reason as Error);
      session.destroy();
    };
    const broken = (cause: unknown) =>
      fail(new ApocError(ocicryptErrors.KEY_PROVIDER_UNREACHABLE, { field: grpc, cause }));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    session.once("error", broken);
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: grpcPaths[op],
      [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc+proto",
      [constants.HTTP2_HEADER_TE]: "trailers",
    });
    const chunks: Buffer[] = [];
    let size = 0;
    let status: Record<string, unknown> = {};
    stream.once("response", (headers) => {
      if (headers[":status"] !== 200) broken(new Error(`HTTP status ${headers[":status"]}`));
      status = { ...status, ...headers };
    });
    stream.once("trailers", (trailers) => {
      status = { ...status, ...trailers };
    });
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= framedLimit) chunks.push(chunk);
      else fail(message("frame", `at most ${framedLimit} bytes`));
    });
    stream.once("error", broken);
    stream.once("close", () => {
      signal.removeEventListener("abort", abort);
      try {
        refuseStatus(status, grpc);
        resolve(unframeMessage(Buffer.concat(chunks)));
      } catch (error) {
        fail(error);
      }
    });
    stream.end(frameMessage(request));
  });
}

/** Turns a `grpc-status` that is not OK into an error. */
function refuseStatus(headers: Record<string, unknown>, field: string): void {
  const text = headers["grpc-status"];
  if (typeof text !== "string" || !/^[0-9]{1,3}$/.test(text)) throw message("grpc-status", "a number");
  const status = Number(text);
  if (status === grpcStatus.ok) return;
  const descriptor =
    status === grpcStatus.deadlineExceeded
      ? ocicryptErrors.KEY_PROVIDER_TIMEOUT
      : status === grpcStatus.unavailable
        ? ocicryptErrors.KEY_PROVIDER_UNREACHABLE
        : ocicryptErrors.KEY_PROVIDER_REFUSED;
  const said = headers["grpc-message"];
  throw new ApocError(descriptor, {
    field,
    actual: `gRPC status ${status}`,
    detail: typeof said === "string" ? decodeStatusMessage(said).slice(0, 500) : undefined,
  });
}

function message(field: string, expected: string): ApocError {
  return new ApocError(ocicryptErrors.KEY_PROVIDER_MESSAGE, { field, expected, actual: "another value" });
}
