import { ApocError, isApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { Authorizer } from "./authorizer.ts";
import type { CredentialSource } from "./credentials.ts";
import { isLoopback } from "./loopback.ts";

export interface TransportOptions {
  registry: string;
  repository: string;
  credentials?: CredentialSource | undefined;
  fetch?: typeof globalThis.fetch | undefined;
  /** Speak HTTP to a registry that is not on this machine. */
  plainHttp?: boolean | undefined;
  /** Tries of a request in all; 4 by default. */
  attempts?: number | undefined;
  /** Wait before the second try, doubled for each further one; 250 by default. */
  backOffMilliseconds?: number | undefined;
  /** Longest wait for the header of a response; 60 000 by default. */
  timeoutMilliseconds?: number | undefined;
}

export interface RegistryRequest {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below `/v2/<repository>/`, or an absolute URL that the registry named. */
  target: string | URL;
  action: "pull" | "push";
  headers?: Record<string, string>;
  body?: Uint8Array;
  signal?: AbortSignal | undefined;
  /** False for requests that must not be sent twice. */
  repeatable?: boolean;
}

const maxRedirects = 5;

/**
 * Sends requests to one repository: authentication, redirects, retries. Credentials go to the registry's own origin
 * only; a redirect to another one is followed without them (distribution-spec, "Pulling blobs").
 */
export class Transport {
  readonly origin: string;
  readonly registry: string;
  readonly repository: string;
  readonly #options: TransportOptions;
  readonly #fetch: typeof globalThis.fetch;
  readonly #authorizer: Authorizer;

  constructor(options: TransportOptions) {
    const { registry, repository } = options;
    this.#options = options;
    this.registry = registry;
    this.repository = repository;
    // Docker Hub's API is not where its name says.
    const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
    this.origin = new URL(
      `${options.plainHttp === true || isLoopback(host) ? "http" : "https"}://${host}`,
    ).origin;
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#authorizer = new Authorizer({
      registry,
      repository,
      origin: this.origin,
      fetch: this.#fetch,
      credentials: options.credentials,
    });
  }

  /** Absolute form of a `Location`, which may be relative to the registry. */
  location(response: Response): URL {
    const header = response.headers.get("location");
    const url = header === null ? null : URL.parse(header, response.url || this.origin);
    if (url !== null && /^https?:$/.test(url.protocol)) return url;
    throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
      field: `${this.registry}: Location`,
      expected: "a URL",
      actual: header?.slice(0, 200),
    });
  }

  /**
   * Sends a request, again after 401 with credentials, and again with growing waits after 429, 5xx and broken
   * connections. Any other answer is returned as it is.
   * @throws REGISTRY_UNREACHABLE, REGISTRY_UNAUTHORIZED, REGISTRY_INSECURE, REGISTRY_PROTOCOL
   */
  async send(request: RegistryRequest): Promise<Response> {
    const attempts = request.repeatable === false ? 1 : (this.#options.attempts ?? 4);
    for (let attempt = 1; ; attempt++) {
      let wait = (this.#options.backOffMilliseconds ?? 250) * 2 ** (attempt - 1);
      try {
        const response = await this.#authorized(request);
        if (attempt >= attempts || !isTemporary(response.status)) return response;
        await response.body?.cancel();
        wait = retryAfter(response) ?? wait;
      } catch (error) {
        request.signal?.throwIfAborted();
        if (attempt >= attempts || !(error instanceof ApocError && error.descriptor.exit === "network"))
          throw error;
      }
      await delay(wait, request.signal);
    }
  }

  async #authorized(request: RegistryRequest): Promise<Response> {
    const response = await this.#follow(request);
    if (response.status !== 401) return response;
    if (!(await this.#authorizer.meet(response, request.action))) return response;
    await response.body?.cancel();
    return this.#follow(request);
  }

  async #follow(request: RegistryRequest): Promise<Response> {
    let url =
      request.target instanceof URL
        ? request.target
        : new URL(`/v2/${this.repository}/${request.target}`, this.origin);
    for (let redirects = 0; ; redirects++) {
      const headers = new Headers(request.headers);
      const authorization = this.#authorizer.header(request.action);
      if (authorization !== undefined && url.origin === this.origin)
        headers.set("authorization", authorization);
      const response = await this.#once(url, request, headers);
      const redirected = [301, 302, 303, 307, 308].includes(response.status);
      if (!redirected || !["GET", "HEAD"].includes(request.method)) return response;
      await response.body?.cancel();
      if (redirects >= maxRedirects) {
        throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
          field: String(request.target),
          expected: `at most ${maxRedirects} redirects`,
        });
      }
      const next = this.location(response);
      if (url.protocol === "https:" && next.protocol !== "https:") {
        throw new ApocError(ociErrors.REGISTRY_INSECURE, { field: url.host, actual: next.origin });
      }
      url = next;
    }
  }

  async #once(url: URL, request: RegistryRequest, headers: Headers): Promise<Response> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.#options.timeoutMilliseconds ?? 60_000);
    const signals = request.signal == null ? [deadline.signal] : [deadline.signal, request.signal];
    const init: RequestInit = {
      method: request.method,
      headers,
      redirect: "manual",
      signal: AbortSignal.any(signals),
      ...(request.body === undefined ? {} : { body: request.body as Uint8Array<ArrayBuffer> }),
    };
    try {
      const response = await this.#fetch(url.href, init);
      if (response.type !== "opaqueredirect") return response;
      // A browser hides redirects and, following them, drops Authorization on other origins by itself.
      return await this.#fetch(url.href, { ...init, redirect: "follow" });
    } catch (cause) {
      request.signal?.throwIfAborted();
      // A fetch that refuses says why; asking again would not help.
      if (isApocError(cause)) throw cause;
      throw new ApocError(ociErrors.REGISTRY_UNREACHABLE, {
        field: url.origin,
        ...(deadline.signal.aborted ? { actual: "no answer in time" } : {}),
        cause,
      });
    } finally {
      clearTimeout(timer);
    }
  }
}

function isTemporary(status: number): boolean {
  return status === 429 || status === 408 || (status >= 500 && status !== 501);
}

/** RFC 9110, section 10.2.3, in milliseconds; longer than 30 s is not waited for. */
function retryAfter(response: Response): number | undefined {
  const header = response.headers.get("retry-after");
  if (header === null || !/^\d{1,3}$/.test(header)) return undefined;
  return Math.min(Number(header), 30) * 1000;
}

function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
