import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { Authorizer } from "./authorizer.ts";
import { discard } from "./body.ts";
import type { CredentialSource } from "./credentials.ts";
import { isLoopback } from "./loopback.ts";
import type { StreamedBody } from "./request-body/streamed-body.ts";
import { parseRetryAfter, parseWarnings } from "./response-headers.ts";
import { delay, timedFetch } from "./timed-fetch.ts";

export interface TransportOptions {
  registry: string;
  repository: string;
  credentials?: CredentialSource | undefined;
  fetch?: typeof globalThis.fetch | undefined;
  /** Speak HTTP to a registry that is not on this machine. */
  plainHttp?: boolean | undefined;
  /** Tries of a request in all, and of a download without progress; 4 by default. */
  attempts?: number | undefined;
  /** Wait before the second try, doubled for each further one; 250 by default. */
  backOffMilliseconds?: number | undefined;
  /** Longest wait for the connection and the header of a response; 60 000 by default. */
  timeoutMilliseconds?: number | undefined;
  /** Longest time in which a body gives fewer than 1024 bytes; 30 000 by default. */
  idleMilliseconds?: number | undefined;
  /**
   * Told what the registry wants people to know (distribution-spec, "Warnings"): each text once, at most 100 of them,
   * at most 4096 characters of one response, without control characters. Show it; decide nothing by it.
   */
  onWarning?: ((text: string, registry: string) => void) | undefined;
}

export interface RegistryRequest {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below `/v2/<repository>/`, or an absolute URL that the registry named. */
  target: string | URL;
  action: "pull" | "push";
  /** A second repository that must be readable, as for a mount. */
  from?: string | undefined;
  headers?: Record<string, string>;
  body?: Uint8Array | StreamedBody;
  signal?: AbortSignal | undefined;
  /** False for requests that must not be sent twice. */
  repeatable?: boolean;
}

const maxRedirects = 5;
const maxWarnings = 100;
/** Longest wait that a registry may ask for, in milliseconds. */
const maxWait = 30_000;

/**
 * Sends requests to one repository: authentication, redirects, retries. Credentials go to the registry's own origin
 * only, and only as long as no redirect has left it; challenges of other places are not answered
 * (distribution-spec, "API").
 */
export class Transport {
  readonly origin: string;
  readonly registry: string;
  readonly repository: string;
  readonly attempts: number;
  readonly idleMilliseconds: number | undefined;
  readonly #options: TransportOptions;
  readonly #fetch: typeof globalThis.fetch;
  readonly #authorizer: Authorizer;
  readonly #warned = new Set<string>();

  constructor(options: TransportOptions) {
    const { registry, repository } = options;
    this.#options = options;
    this.registry = registry;
    this.repository = repository;
    this.attempts = options.attempts ?? 4;
    this.idleMilliseconds = options.idleMilliseconds;
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
      timeoutMilliseconds: options.timeoutMilliseconds ?? 60_000,
      credentials: options.credentials,
    });
  }

  /**
   * Absolute form of a `Location`, which may be relative to where it came from.
   * @throws REGISTRY_PROTOCOL; REGISTRY_INSECURE where it leads from HTTPS to HTTP, or from elsewhere to this machine
   */
  location(response: Response, base = response.url || this.origin): URL {
    const header = response.headers.get("location");
    const url = header === null ? null : URL.parse(header, base);
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
      throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
        field: `${this.registry}: Location`,
        expected: "a URL",
        actual: header?.slice(0, 200),
      });
    }
    const from = new URL(base);
    const downgraded = from.protocol === "https:" && url.protocol !== "https:";
    if (downgraded || (isLoopback(url.host) && !isLoopback(new URL(this.origin).host))) {
      throw new ApocError(ociErrors.REGISTRY_INSECURE, { field: this.registry, actual: url.origin });
    }
    return url;
  }

  /** Waits before a further try: twice as long each time, and not at the same moment as everybody else. */
  async backOff(attempt: number, signal: AbortSignal | undefined, asked?: number): Promise<void> {
    const wait = (this.#options.backOffMilliseconds ?? 250) * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    await delay(Math.min(asked ?? wait, maxWait), signal);
  }

  /**
   * Sends a request, again after 401 with credentials, and again with growing waits after 429, 5xx and broken
   * connections. Any other answer is returned as it is.
   * @throws REGISTRY_UNREACHABLE, REGISTRY_UNAUTHORIZED, REGISTRY_INSECURE, REGISTRY_PROTOCOL
   */
  async send(request: RegistryRequest): Promise<Response> {
    const attempts = request.repeatable === false ? 1 : this.attempts;
    for (let attempt = 1; ; attempt++) {
      let asked: number | undefined;
      try {
        const response = await this.#authorized(request);
        if (attempt >= attempts || !isTemporary(response.status)) return response;
        asked = parseRetryAfter(response.headers.get("retry-after") ?? "", Date.now());
        await discard(response);
      } catch (error) {
        request.signal?.throwIfAborted();
        if (attempt >= attempts || !(error instanceof ApocError && error.descriptor.kind === "network"))
          throw error;
      }
      await this.backOff(attempt, request.signal, asked);
    }
  }

  async #authorized(request: RegistryRequest): Promise<Response> {
    const { response, left } = await this.#follow(request);
    if (response.status !== 401 || left) return response;
    if (!(await this.#authorizer.meet(response, request))) return response;
    await discard(response);
    return (await this.#follow(request)).response;
  }

  /** `left`: the answer is not from the registry's own origin. */
  async #follow(request: RegistryRequest): Promise<{ response: Response; left: boolean }> {
    const { method, target } = request;
    let url = target instanceof URL ? target : new URL(`/v2/${this.repository}/${target}`, this.origin);
    let left = url.origin !== this.origin;
    for (let redirects = 0; ; redirects++) {
      const headers = new Headers(request.headers);
      const authorization = left ? undefined : this.#authorizer.header(request);
      if (authorization !== undefined) headers.set("authorization", authorization);
      const response = await this.#once(url, request, headers);
      this.#warn(response);
      const followed = method === "GET" || method === "HEAD" ? [301, 302, 303, 307, 308] : [307, 308];
      if (!followed.includes(response.status)) return { response, left };
      await discard(response);
      if (redirects >= maxRedirects) {
        throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
          field: String(target),
          expected: `at most ${maxRedirects} redirects`,
        });
      }
      url = this.location(response, url.href);
      left ||= url.origin !== this.origin;
    }
  }

  async #once(url: URL, { method, body, signal }: RegistryRequest, headers: Headers): Promise<Response> {
    const init = { method, headers, ...(body === undefined ? {} : { body }) };
    const options = {
      fetch: this.#fetch,
      timeoutMilliseconds: this.#options.timeoutMilliseconds ?? 60_000,
      signal,
    };
    const response = await timedFetch(url, init, options);
    if (response.type !== "opaqueredirect") return response;
    // A browser hides redirects and, following them, drops Authorization on other origins by itself.
    return timedFetch(url, { ...init, redirect: "follow" }, options);
  }

  #warn(response: Response): void {
    const { onWarning } = this.#options;
    if (onWarning === undefined) return;
    for (const text of parseWarnings(response.headers.get("warning") ?? "")) {
      if (this.#warned.has(text) || this.#warned.size >= maxWarnings) continue;
      this.#warned.add(text);
      onWarning(text, this.registry);
    }
  }
}

function isTemporary(status: number): boolean {
  return status === 429 || status === 408 || (status >= 500 && status !== 501);
}
