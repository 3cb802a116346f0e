import { ApocError, isApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credentials, CredentialSource } from "./credentials.ts";
import { isLoopback } from "./loopback.ts";
import { readLimited } from "./response-error.ts";

/** Greatest answer of a token service that is read, in bytes. */
const tokenLimit = 256 * 1024;

export interface AuthorizerOptions {
  registry: string;
  origin: string;
  repository: string;
  fetch: typeof globalThis.fetch;
  credentials?: CredentialSource | undefined;
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

  /** The `Authorization` header that worked before for reading (`pull`) or writing (`push`). */
  header(action: "pull" | "push"): string | undefined {
    return this.#headers.get(action) ?? (action === "pull" ? this.#headers.get("push") : undefined);
  }

  /**
   * Meets the challenge of a 401 response.
   * @returns whether there is something new to try
   * @throws REGISTRY_UNAUTHORIZED when the token service refuses, REGISTRY_INSECURE when it is on plain HTTP
   */
  async meet(response: Response, action: "pull" | "push"): Promise<boolean> {
    const challenges = parseChallenges(response.headers.get("www-authenticate") ?? "");
    this.#credentials ??= this.#options.credentials?.(this.#options.registry) ?? Promise.resolve(undefined);
    const credentials = await this.#credentials;
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    let header: string | undefined;
    if (bearer !== undefined) header = `Bearer ${await this.#token(bearer, action, credentials)}`;
    else if (challenges.some(({ scheme }) => scheme === "basic")) header = basic(credentials);
    if (header === undefined || header === this.#headers.get(action)) return false;
    this.#headers.set(action, header);
    return true;
  }

  async #token(
    { parameters }: Challenge,
    action: "pull" | "push",
    credentials: Credentials | undefined,
  ): Promise<string> {
    const { registry, origin, repository, fetch } = this.#options;
    const realm = parseRealm(parameters["realm"], registry);
    // A token service on plain HTTP is as safe as the registry only when both are this machine.
    const bothLocal = isLoopback(realm.host) && isLoopback(new URL(origin).host);
    if (realm.protocol !== "https:" && !(bothLocal || realm.origin === origin)) {
      throw new ApocError(ociErrors.REGISTRY_INSECURE, { field: registry, actual: realm.origin });
    }
    const scope = `repository:${repository}:${action === "push" ? "pull,push" : "pull"}`;
    const service = parameters["service"];
    const request: RequestInit = { redirect: "error" };
    if (credentials !== undefined && "identityToken" in credentials) {
      request.method = "POST";
      request.body = new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: credentials.identityToken,
        client_id: "apoc",
        scope,
        ...(service === undefined ? {} : { service }),
      });
    } else {
      if (service !== undefined) realm.searchParams.set("service", service);
      realm.searchParams.set("scope", scope);
      const authorization = basic(credentials);
      if (authorization !== undefined) request.headers = { authorization };
    }
    let response: Response;
    let body: string;
    try {
      response = await fetch(realm.href, request);
      body = new TextDecoder().decode(await readLimited(response, tokenLimit));
    } catch (cause) {
      if (isApocError(cause)) throw cause;
      throw new ApocError(ociErrors.REGISTRY_UNREACHABLE, { field: realm.origin, cause });
    }
    if (!response.ok) {
      throw new ApocError(ociErrors.REGISTRY_UNAUTHORIZED, {
        field: `${registry}/${repository}`,
        actual: `token service answers ${response.status}`,
        hint: `docker login ${registry}`,
      });
    }
    return readToken(body, registry);
  }
}

function parseRealm(realm: string | undefined, registry: string): URL {
  const url = realm === undefined ? null : URL.parse(realm);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "") return url;
  throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
    field: `${registry}: WWW-Authenticate`,
    expected: "a realm",
    actual: realm?.slice(0, 200),
  });
}

function readToken(body: string, registry: string): string {
  try {
    const { token, access_token } = JSON.parse(body) as Record<string, unknown>;
    const found = token ?? access_token;
    if (typeof found === "string" && /^[\x21-\x7e]+$/.test(found)) return found;
  } catch {
    // falls through: any unusable answer is the same failure
  }
  throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
    field: `${registry}: token service`,
    expected: "a token",
  });
}

function basic(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined || !("username" in credentials)) return undefined;
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
