import { request, type IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../../errors.ts";

/** Query parameters; `undefined` ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface EngineRequest {
  readonly query?: Query;
  readonly body?: unknown;
  /** Milliseconds without progress after which the call fails with `ENGINE_TIMEOUT`; default 60 000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Statuses other than 2xx and 304 that count as success. */
  readonly accept?: readonly number[];
}

export interface EngineAnswer {
  readonly status: number;
  /** Parsed JSON; unvalidated. `undefined` for an empty body. */
  readonly body: unknown;
}

/** The HTTP half of the Docker Engine API over one unix socket. Paths are given without the version prefix. */
export interface EngineClient {
  readonly socket: string;
  call(method: "GET" | "POST" | "DELETE", path: string, options?: EngineRequest): Promise<EngineAnswer>;
  /** Sends a stream as the request's body; nothing takes effect unless the stream ends well. */
  upload(path: string, content: Readable, options?: EngineRequest): Promise<EngineAnswer>;
  /** The raw body of an answer, for logs; has no time limit once it began. */
  stream(path: string, options?: EngineRequest): Promise<IncomingMessage>;
}

/** Podman's own API; its oldest version that every podman from 4.0 on speaks. */
const libpodPrefix = "/v4.0.0";

/** No answer that is taken as JSON is larger; a container's inspection has some kilobytes. */
const answerLimit = 16 * 1024 * 1024;

/**
 * Speaks to the engine at a unix socket. `prefix` is the API version, for instance `/v1.41`. Throws
 * `ENGINE_UNREACHABLE`, `ENGINE_TIMEOUT`, `ENGINE_ANSWER_INVALID`, and `ENGINE_REFUSED` (`actual` begins with the status).
 */
export function createEngineClient(socket: string, prefix: string): EngineClient {
  const open = (
    method: string,
    path: string,
    options: EngineRequest,
    content?: Readable,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
      const operation = `${method} ${path}`;
      const outgoing = request({
        socketPath: socket,
        method,
        path: `${path.startsWith("/libpod/") ? libpodPrefix : prefix}${path}${queryString(options.query)}`,
        agent: false,
        headers: {
          Host: "engine",
          // Node sends none on DELETE, and podman then takes the request and does nothing.
          ...(content === undefined
            ? { "Content-Length": body?.length ?? 0 }
            : { "Transfer-Encoding": "chunked" }),
          ...(content !== undefined ? { "Content-Type": "application/x-tar" } : {}),
          ...(body !== undefined ? { "Content-Type": "application/json" } : {}),
        },
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      const fail = (cause: unknown) => reject(failure(operation, socket, cause));
      outgoing.setTimeout(options.timeout ?? 60_000, () => outgoing.destroy(timeout(operation)));
      outgoing.once("error", fail);
      outgoing.once("response", resolve);
      if (content === undefined) outgoing.end(body);
      // An engine that refuses early answers and closes while we still write: the answer decides.
      else pipeline(content, outgoing).catch((cause: unknown) => setImmediate(fail, cause));
    });

  const finish = async (operation: string, response: IncomingMessage, options: EngineRequest) => {
    const status = response.statusCode ?? 0;
    const bytes = await readBody(operation, socket, response);
    const ok = (status >= 200 && status < 300) || status === 304 || options.accept?.includes(status) === true;
    if (!ok) throw refusal(operation, status, bytes);
    return { status, body: parseBody(operation, bytes) };
  };

  return {
    socket,
    call: async (method, path, options = {}) =>
      finish(`${method} ${path}`, await open(method, path, options), options),
    upload: async (path, content, options = {}) =>
      finish(`POST ${path}`, await open("POST", path, options, content), options),
    stream: async (path, options = {}) => {
      const response = await open("GET", path, options);
      const status = response.statusCode ?? 0;
      if (status >= 300)
        throw refusal(`GET ${path}`, status, await readBody(`GET ${path}`, socket, response));
      response.socket.setTimeout(0);
      return response;
    },
  };
}

function queryString(query: Query = {}): string {
  const pairs = Object.entries(query).filter((pair) => pair[1] !== undefined);
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

async function readBody(operation: string, socket: string, response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > answerLimit) {
        throw new ApocError(providerErrors.ENGINE_ANSWER_INVALID, {
          field: operation,
          expected: `at most ${answerLimit} bytes`,
        });
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    throw cause instanceof ApocError ? cause : failure(operation, socket, cause);
  }
  return Buffer.concat(chunks);
}

/** Some answers are a sequence of JSON documents (progress); those are given as an array. */
function parseBody(operation: string, bytes: Buffer): unknown {
  const text = bytes.toString("utf8").trim();
  if (text === "" || !/^[[{]/.test(text)) return text === "" ? undefined : text;
  try {
    return JSON.parse(text);
  } catch {
    try {
      return text.split(/\r?\n/).map((line): unknown => JSON.parse(line));
    } catch (cause) {
      throw new ApocError(providerErrors.ENGINE_ANSWER_INVALID, {
        field: operation,
        expected: "JSON",
        cause,
      });
    }
  }
}

function refusal(operation: string, status: number, bytes: Buffer): ApocError {
  let message = bytes.toString("utf8");
  try {
    const document = JSON.parse(message) as { message?: unknown };
    if (typeof document.message === "string") message = document.message;
  } catch {
    // A plain text answer is its own message.
  }
  return new ApocError(providerErrors.ENGINE_REFUSED, {
    field: operation,
    actual: `${status} ${message.trim().slice(0, 500)}`,
  });
}

function timeout(operation: string): ApocError {
  return new ApocError(providerErrors.ENGINE_TIMEOUT, { field: operation });
}

function failure(operation: string, socket: string, cause: unknown): unknown {
  if (cause instanceof ApocError) return cause;
  if (cause instanceof Error && cause.name === "AbortError") return cause;
  return new ApocError(providerErrors.ENGINE_UNREACHABLE, {
    field: operation,
    actual: `unix://${socket}`,
    cause,
  });
}

/** Whether the engine answered with this status. */
export function refusedWith(error: unknown, status: number): boolean {
  return (
    error instanceof ApocError &&
    error.code === providerErrors.ENGINE_REFUSED.code &&
    error.actual?.startsWith(`${status} `) === true
  );
}
