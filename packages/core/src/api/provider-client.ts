import { type Evidence, parseEvidence } from "@apoc/attestation";
import type { Hex } from "viem";
import type { Grant } from "../grant/grant.ts";
import type { PodIdentity } from "../pod/pod-identity.ts";
import { callRoute, type RouteTarget, sendRoute } from "./call-route.ts";
import type { PodStatus, ProviderInfo, Quote } from "./documents.ts";
import type { PodLogLine, PodLogQuery } from "./log-lines.ts";
import type { QuoteRequest } from "./quote-request.ts";
import { readLogLines, readText } from "./read-answer.ts";
import type { RequestAuthorization } from "./request.ts";
import { providerRoutes as routes } from "./routes.ts";

/**
 * Client of the provider API ({@link routes}). Errors that the provider answers are thrown as they are, with their
 * codes. The transport is the caller's: it pins the TLS key that the evidence attests.
 */
export class ProviderClient {
  readonly url: string;
  readonly #target: RouteTarget;

  constructor(url: string, options: { fetch?: typeof fetch; signal?: AbortSignal } = {}) {
    this.url = url.replace(/\/+$/, "");
    this.#target = { url: this.url, fetch: options.fetch ?? fetch, signal: options.signal };
  }

  info(): Promise<ProviderInfo> {
    return callRoute(this.#target, routes.info);
  }

  /** Asks for evidence over a nonce of 32 bytes. */
  async attest(nonce: Hex): Promise<Evidence> {
    const answer = await sendRoute(this.#target, routes.attest, { body: { nonce } });
    return parseEvidence(await readText(answer, routes.attest.path));
  }

  quote(request: QuoteRequest): Promise<Quote> {
    return callRoute(this.#target, routes.quote, { body: request });
  }

  async uploadGrant(grant: Grant): Promise<void> {
    await callRoute(this.#target, routes.uploadGrant, { body: grant });
  }

  /** Deploys or updates; answers once the provider has admitted the pod and recorded the intent to run it. */
  putPod(pod: PodIdentity, body: Uint8Array, authorization: RequestAuthorization): Promise<PodStatus> {
    return callRoute(this.#target, routes.putPod, { pod, body, authorization });
  }

  /** Adds, changes or revokes a key of a pod; `body` is of `encodePodKeyRequest`. */
  async putPodKey(pod: PodIdentity, body: Uint8Array, authorization: RequestAuthorization): Promise<void> {
    await callRoute(this.#target, routes.putPodKey, { pod, body, authorization });
  }

  getPod(pod: PodIdentity, authorization: RequestAuthorization): Promise<PodStatus> {
    return callRoute(this.#target, routes.getPod, { pod, authorization });
  }

  deletePod(pod: PodIdentity, authorization: RequestAuthorization): Promise<PodStatus> {
    return callRoute(this.#target, routes.deletePod, { pod, authorization });
  }

  async *logs(
    pod: PodIdentity,
    query: PodLogQuery,
    authorization: RequestAuthorization,
  ): AsyncGenerator<PodLogLine> {
    yield* readLogLines(await sendRoute(this.#target, routes.podLogs, { pod, query, authorization }));
  }
}
