import type { Evidence } from "@apoc/attestation";
import type {
  Grant,
  PodAction,
  PodIdentity,
  PodStatus,
  ProviderInfo,
  Quote,
  QuoteRequest,
  RequestAuthorization,
} from "@apoc/core";
import type { LogLine, LogOptions } from "../runtime/index.ts";

/** A signed request on its way to the service. */
export interface SignedCall {
  readonly pod: PodIdentity;
  readonly authorization: RequestAuthorization;
}

/** What the HTTP API is an HTTP form of. Every method throws coded errors. */
export interface ProviderApi {
  info(): ProviderInfo;
  attest(nonce: Uint8Array): Promise<Evidence>;
  quote(request: QuoteRequest): Promise<Quote>;
  /** Admits and records; the pod is made afterwards. */
  putPod(call: SignedCall & { readonly body: Uint8Array }): Promise<PodStatus>;
  /** Stores what the wallet says about a key of the pod. */
  putPodKey(call: SignedCall & { readonly body: Uint8Array }): Promise<void>;
  getPod(call: SignedCall): Promise<PodStatus>;
  /** Removes, claims, ends the channel; answers when that is done or has taken too long to wait for. */
  deletePod(call: SignedCall): Promise<PodStatus>;
  /** Checks the request, then streams. */
  logs(call: SignedCall, options: LogOptions): Promise<AsyncIterable<LogLine>>;
  uploadGrant(grant: Grant): Promise<void>;
}

/** Actions of the routes about a pod that is known. */
export type KnownPodAction = Exclude<PodAction, "deploy" | "update">;
