import type { Evidence } from "@apoc/attestation";
import type {
  Grant,
  PodAction,
  PodStatus,
  ProviderInfo,
  Quote,
  QuoteRequest,
  RequestAuthorization,
} from "@apoc/core";
import type { Hex } from "viem";
import type { LogLine, LogOptions } from "../runtime/index.ts";

/** A signed request on its way to the service. */
export interface SignedCall {
  readonly id: Hex;
  readonly authorization: RequestAuthorization;
}

/** What the HTTP API is an HTTP form of. Every method throws coded errors. */
export interface ProviderApi {
  info(): ProviderInfo;
  attest(nonce: Uint8Array): Promise<Evidence>;
  quote(request: QuoteRequest): Promise<Quote>;
  /** Admits and records; the pod is made afterwards. */
  putPod(call: SignedCall & { readonly body: Uint8Array }): Promise<PodStatus>;
  getPod(call: SignedCall): Promise<PodStatus>;
  /** Removes, claims, ends the channel; answers when that is done or has taken too long to wait for. */
  deletePod(call: SignedCall): Promise<PodStatus>;
  /** Checks the request, then streams. */
  logs(call: SignedCall, options: LogOptions): Promise<AsyncIterable<LogLine>>;
  uploadGrant(grant: Grant): Promise<void>;
}

/** Actions of the routes that read or remove. */
export type ReadAction = Exclude<PodAction, "deploy" | "update">;
