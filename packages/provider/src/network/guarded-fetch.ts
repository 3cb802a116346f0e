import { apiErrors } from "@apoc/core";
import { type LookupAddress, lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { ApocError, isApocError } from "@apoc/errors";
import { Agent, buildConnector, fetch as undiciFetch } from "undici";
import { isPublicAddress } from "./public-address.ts";

export interface GuardedFetchOptions {
  /** `host[:port]` as it stands in a URL: reached wherever it is. Without a port, the default one of the scheme. */
  readonly exceptions?: readonly string[];
  /** No guard at all: for development, where everything is on this machine. */
  readonly unguarded?: boolean;
  /** Resolves names; the system's resolver unless given. */
  readonly lookup?: typeof systemLookup;
}

const connectMilliseconds = 10_000;
const answerMilliseconds = 60_000;

/**
 * A fetch for addresses that others name. It connects to the public internet and to the exceptions, nowhere else, so
 * that no client can make this machine ask its own services or its neighbours. What counts is the address that is
 * connected to: names are resolved once, and the answer is checked and used. Redirects are new connections.
 *
 * @throws ADDRESS_PRIVATE, else as `fetch`
 */
export function createGuardedFetch(options: GuardedFetchOptions = {}): typeof globalThis.fetch {
  const exceptions = new Set((options.exceptions ?? []).map((host) => host.toLowerCase()));
  const open = buildConnector({ timeout: connectMilliseconds });
  const guarded = buildConnector({
    timeout: connectMilliseconds,
    lookup: guardedLookup(options.lookup ?? systemLookup),
  } as Parameters<typeof buildConnector>[0]);
  const agent = new Agent({
    headersTimeout: answerMilliseconds,
    bodyTimeout: answerMilliseconds,
    connect(target, callback) {
      const { hostname, protocol, port } = target;
      const { host } = new URL(`${protocol}//${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`);
      if (options.unguarded === true || exceptions.has(host.toLowerCase())) return open(target, callback);
      // A literal is not looked up.
      if (isIP(hostname) !== 0 && !isPublicAddress(hostname)) return callback(refusal(host), null);
      guarded(target, (error, socket) => {
        if (error !== null) return callback(error, null);
        const { remoteAddress } = socket;
        if (remoteAddress !== undefined && isPublicAddress(remoteAddress)) return callback(null, socket);
        socket.destroy();
        callback(refusal(host), null);
      });
    },
  });
  return (async (input: string | URL, init: RequestInit = {}) => {
    try {
      return await undiciFetch(input, { ...(init as object), dispatcher: agent });
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      throw isApocError(cause) ? cause : error;
    }
  }) as unknown as typeof globalThis.fetch;
}

/** The same fetch, ended by a signal: all that one request of a stranger makes us fetch shares its time. */
export function endedBy(fetch: typeof globalThis.fetch, signal: AbortSignal): typeof globalThis.fetch {
  return (input, init = {}) =>
    fetch(input, { ...init, signal: init.signal ? AbortSignal.any([init.signal, signal]) : signal });
}

/** Answers with the public addresses of a name only; a name that has none is refused. */
function guardedLookup(resolve: typeof systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    const { family = 0, hints = 0 } = options;
    resolve(hostname, { family, hints, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const allowed: LookupAddress[] = addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      if (first === undefined) return callback(refusal(hostname), []);
      if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** Does not tell which address a name has on this network: the client may be a stranger. */
function refusal(host: string): ApocError {
  return new ApocError(apiErrors.ADDRESS_PRIVATE, {
    field: host,
    expected: "an address of the public internet",
    detail: "The provider's operator can name exceptions as images.privateRegistries.",
  });
}
