import { toBase64 } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credentials, CredentialSource } from "./credentials.ts";
import { isLoopback } from "./loopback.ts";
import { readLimited } from "./body.ts";
import { type TimedRequest, timedFetch } from "./timed-fetch.ts";
import { parseStrictJson } from "../json-document.ts";

/** Greatest answer of a token service that is read, in bytes. */
const tokenLimit = 256 * 1024;

export interface AuthorizerOptions {
  registry: string;
  origin: string;
  repository: string;
  fetch: typeof globalThis.fetch;
  /** Longest wait for the token service's answer. */
  timeoutMilliseconds: number;
  credentials?: CredentialSource | undefined;
}

/** What a request needs to be allowed: to read or write the repository, and for a mount to read a second one. */
export interface Need {
  action: "pull" | "push";
  from?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Answers the registry's challenges with Basic or a bearer token of its token service, and remembers the answer.
 * distribution-spec leaves authentication open; this is the token protocol all registries share.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #headers = new Map<string, string>();
  #credentials: Promise<Credentials | undefined> | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The `Authorization` header that worked before for reading (`pull`) or writing (`push`), or for a mount. */
  header(need: Need): string | undefined {
    const known = this.#headers.get(keyOf(need));
    return known ?? (need.action === "pull" ? this.#headers.get("push") : undefined);
  }

  /**
   * Meets the challenge of a 401 response.
   * @returns whether there is something new to try
   * @throws REGISTRY_UNAUTHORIZED when the token service refuses, REGISTRY_INSECURE when it is on plain HTTP
   */
  async meet(response: Response, need: Need): Promise<boolean> {
    const challenges = parseChallenges(response.headers.get("www-authenticate") ?? "");
    this.#credentials ??= this.#options.credentials?.(this.#options.registry) ?? Promise.resolve(undefined);
    const credentials = await this.#credentials;
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    let header: string | undefined;
    if (bearer !== undefined) header = `Bearer ${await this.#token(bearer, need, credentials)}`;
    else if (challenges.some(({ scheme }) => scheme === "basic")) header = basic(credentials);
    if (header === undefined || header === this.#headers.get(keyOf(need))) return false;
    this.#headers.set(keyOf(need), header);
    return true;
  }

  async #token({ parameters }: Challenge, need: Need, credentials: Credentials | undefined): Promise<string> {
    const { registry, origin, repository, fetch, timeoutMilliseconds } = this.#options;
    const realm = parseRealm(parameters.get("realm"), registry);
    // A token service on plain HTTP is as safe as the registry only when both are this machine.
    const bothLocal = isLoopback(realm.host) && isLoopback(new URL(origin).host);
    if (!(bothLocal || realm.origin === origin) && (realm.protocol !== "https:" || isLoopback(realm.host))) {
      throw new ApocError(ociErrors.REGISTRY_INSECURE, { field: registry, actual: realm.origin });
    }
    const scopes = [`repository:${repository}:${need.action === "push" ? "pull,push" : "pull"}`];
    if (need.from !== undefined) scopes.push(`repository:${need.from}:pull`);
    const service = parameters.get("service");
    const request: TimedRequest = { redirect: "error" };
    if (credentials !== undefined && "identityToken" in credentials) {
      request.method = "POST";
      request.body = new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: credentials.identityToken,
        client_id: "apoc",
        scope: scopes.join(" "),
        ...(service === undefined ? {} : { service }),
      });
    } else {
      if (service !== undefined) realm.searchParams.set("service", service);
      for (const scope of scopes) realm.searchParams.append("scope", scope);
      const authorization = basic(credentials);
      if (authorization !== undefined) request.headers = { authorization };
    }
    const { signal } = need;
    const response = await timedFetch(realm, request, { fetch, timeoutMilliseconds, signal });
    const body = await readLimited(response, tokenLimit, { field: realm.origin, signal });
    if (response.status === 429 || response.status >= 500) {
      throw new ApocError(ociErrors.REGISTRY_UNAVAILABLE, {
        field: realm.origin,
        actual: `token service answers ${response.status}`,
      });
    }
    if (!response.ok) {
      throw new ApocError(ociErrors.REGISTRY_UNAUTHORIZED, {
        field: `${registry}/${repository}`,
        actual: `token service answers ${response.status}`,
        next: { action: "log-in-registry", subject: registry },
      });
    }
    return readToken(body, registry);
  }
}

function keyOf({ action, from }: Need): string {
  return from === undefined ? action : `${action} ${from}`;
}

function parseRealm(realm: string | undefined, registry: string): URL {
  const url = realm === undefined ? null : URL.parse(realm);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "")
    return url;
  throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
    field: `${registry}: WWW-Authenticate`,
    expected: "a realm",
    actual: realm?.slice(0, 200),
  });
}

function readToken(body: Uint8Array, registry: string): string {
  const field = `${registry}: token service`;
  let found: unknown;
  try {
    const answer = parseStrictJson(body, { field, limit: tokenLimit }) as Record<string, unknown> | null;
    found = answer?.["token"] ?? answer?.["access_token"];
  } catch (cause) {
    throw new ApocError(ociErrors.REGISTRY_PROTOCOL, { field, expected: "a JSON document", cause });
  }
  if (typeof found === "string" && /^[\x21-\x7e]{1,65536}$/.test(found)) return found;
  throw new ApocError(ociErrors.REGISTRY_PROTOCOL, { field, expected: "a token" });
}

function basic(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined || !("username" in credentials)) return undefined;
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`);
  return `Basic ${toBase64(bytes)}`;
}
