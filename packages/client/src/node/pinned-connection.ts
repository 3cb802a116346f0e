import type { TLSSocket } from "node:tls";
import { ApocError, isApocError } from "@apoc/errors";
import { Agent, buildConnector, fetch as undiciFetch } from "undici";
import { clientErrors } from "../errors.ts";
import type { Connection } from "../ports.ts";

/** How long a pinned connection waits. */
export interface PinnedConnectionOptions {
  /** Milliseconds until a connection is established; default 10 000. */
  readonly connectTimeout?: number;
  /** Milliseconds until the headers of an answer arrive, and between parts of its body; default 60 000. */
  readonly answerTimeout?: number;
}

/**
 * HTTPS to a server whose certificate no authority vouches for: its key is proven by attestation (docs/spec/evidence.md). The first connection to an origin records the key, every later one must show the same.
 * The caller must compare `peerKey` with the attested TLS key before it sends anything secret.
 */
export function pinnedConnection(options: PinnedConnectionOptions = {}): Connection {
  const keys = new Map<string, Uint8Array>();
  const timeout = options.connectTimeout ?? 10_000;
  const answerTimeout = options.answerTimeout ?? 60_000;
  // A resumed session shows no certificate, so none is kept.
  const connect = buildConnector({ rejectUnauthorized: false, maxCachedSessions: 0, timeout });
  const agent = new Agent({
    headersTimeout: answerTimeout,
    bodyTimeout: answerTimeout,
    connect(target, callback) {
      connect(target, (error, socket) => {
        if (error !== null) return callback(error, null);
        if (target.protocol !== "https:") return callback(null, socket);
        const failure = checkKey(keys, `https://${target.host ?? target.hostname}`, socket as TLSSocket);
        if (failure === undefined) return callback(null, socket);
        socket.destroy();
        callback(failure, null);
      });
    },
  });
  let closed: Promise<void> | undefined;
  return {
    fetch: (async (input: string | URL, init: RequestInit = {}) => {
      try {
        return await undiciFetch(input, { ...(init as object), dispatcher: agent, redirect: "error" });
      } catch (error) {
        throw coded(error, new URL(input).origin);
      }
    }) as unknown as typeof globalThis.fetch,
    peerKey: (origin) => keys.get(origin),
    close: () => (closed ??= agent.close()),
  };
}

function checkKey(keys: Map<string, Uint8Array>, origin: string, socket: TLSSocket): ApocError | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined)
    return new ApocError(clientErrors.PEER_KEY_CHANGED, { field: origin, actual: "no certificate" });
  const key = new Uint8Array(certificate.publicKey.export({ type: "spki", format: "der" }));
  const known = keys.get(origin);
  if (known === undefined) {
    keys.set(origin, key);
    return undefined;
  }
  if (Buffer.compare(known, key) === 0) return undefined;
  return new ApocError(clientErrors.PEER_KEY_CHANGED, {
    field: origin,
    expected: Buffer.from(known).toString("hex"),
    actual: Buffer.from(key).toString("hex"),
  });
}

/** `fetch` hides the reason in a chain of causes: a coded error in it wins, an abort stays as it is. */
function coded(error: unknown, origin: string): unknown {
  for (let item: unknown = error; item instanceof Error; item = item.cause) {
    if (isApocError(item) || item.name === "AbortError") return item;
    const { code } = item as NodeJS.ErrnoException;
    if (code?.endsWith("_TIMEOUT") === true || item.name === "TimeoutError") {
      return new ApocError(clientErrors.PEER_TIMED_OUT, { field: origin, cause: error });
    }
  }
  return new ApocError(clientErrors.PEER_UNREACHABLE, {
    field: origin,
    detail: deepest(error),
    cause: error,
  });
}

function deepest(error: unknown): string {
  return error instanceof Error && error.cause !== undefined
    ? deepest(error.cause)
    : (error as Error).message;
}
