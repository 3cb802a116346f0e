import type { Evidence } from "@apoc/attestation";
import {
  apiErrors,
  type Grant,
  type PodStatus,
  type ProviderInfo,
  type Quote,
  type QuoteRequest,
  parsePodKeyRequest,
  podUid,
  type SignatureVerifier,
} from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { LocalAccount } from "viem";
import type { AdmissionDesk } from "../admission/index.ts";
import type { Settler } from "../claims/index.ts";
import type { Clock } from "../clock.ts";
import type { PodUrls } from "../ingress/index.ts";
import type { Reconciler } from "../reconcile/index.ts";
import type { LogLine, LogOptions, PodRuntime } from "../runtime/index.ts";
import type { PodRecord, State } from "../state/index.ts";
import type { WrappingKey } from "../tee/index.ts";
import { keepUploadedGrant } from "./keep-grant.ts";
import { podStatus } from "./pod-status.ts";
import type { ProviderApi, KnownPodAction, SignedCall } from "./provider-api.ts";
import { putPod, unknownPod } from "./put-pod.ts";
import { quotePod } from "./quote-pod.ts";

/** How long a removal is waited for before it is answered as going on. */
const removalMilliseconds = 30_000;

/** What the service works with. */
export interface ProviderServiceOptions {
  readonly desk: AdmissionDesk;
  readonly state: State;
  readonly reconciler: Pick<Reconciler, "nudge" | "observed">;
  readonly runtime: Pick<PodRuntime, "logs">;
  readonly wrappingKey: WrappingKey;
  readonly verifySignature: SignatureVerifier;
  /** Signs quotes. */
  readonly account: Pick<LocalAccount, "signTypedData">;
  readonly developmentTee: boolean;
  readonly attest: (nonce: Uint8Array) => Promise<Evidence>;
  /** Absent where pods are not served. */
  readonly podUrls?: PodUrls;
  /** Is told of a removal before it is stored. */
  readonly settler: Pick<Settler, "intend">;
  /** Resolves when a pod is removed and its settlement was tried. */
  readonly removal: (id: string) => Promise<void>;
  readonly clock: Clock;
}

/** What the API does, without HTTP. */
export class ProviderService implements ProviderApi {
  readonly #options: ProviderServiceOptions;
  #stopping = false;

  constructor(options: ProviderServiceOptions) {
    this.#options = options;
  }

  /** Admits nothing new from now on. */
  stop(): void {
    this.#stopping = true;
  }

  info(): ProviderInfo {
    const { desk, developmentTee, podUrls } = this.#options;
    const { address, chainId, contract, tokens, architecture, prices, policy } = desk.provider;
    return {
      version: 1,
      provider: address,
      chainId,
      contract,
      tokens,
      platform: { os: "linux", architecture },
      prices,
      policy,
      developmentTee,
      ...(podUrls === undefined ? {} : { ingress: podUrls.base }),
    };
  }

  attest(nonce: Uint8Array): Promise<Evidence> {
    return this.#options.attest(nonce);
  }

  quote(request: QuoteRequest): Promise<Quote> {
    return quotePod(request, this.#options, () => !this.#stopping);
  }

  async putPod(call: SignedCall & { readonly body: Uint8Array }): Promise<PodStatus> {
    if (this.#stopping) throw new ApocError(apiErrors.STOPPING);
    return this.#status(await putPod(call, this.#options));
  }

  /** What the wallet says about a key of its pod holds from now on. */
  async putPodKey(call: SignedCall & { readonly body: Uint8Array }): Promise<void> {
    const key = parsePodKeyRequest(call.body);
    const pod = await this.#authorized(call, "keys");
    if (await this.#options.state.memory.keepPodKey(pod.id, key)) return;
    throw new ApocError(apiErrors.KEY_REVOKED, { field: key.key });
  }

  async getPod(call: SignedCall): Promise<PodStatus> {
    return this.#status(await this.#authorized(call, "status"));
  }

  async deletePod(call: SignedCall): Promise<PodStatus> {
    const { state, reconciler, clock, removal, settler } = this.#options;
    const pod = await this.#authorized(call, "delete");
    if (pod.state !== "removed") {
      const removed = removal(pod.id);
      for (const { id } of pod.channels) await settler.intend(id);
      await state.pods.drain(pod.id, clock.wall());
      reconciler.nudge();
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, removalMilliseconds)));
      await Promise.race([removed, patience]);
      clearTimeout(timer);
    }
    return this.#status((await state.pods.get(pod.id))!);
  }

  async logs(call: SignedCall, options: LogOptions): Promise<AsyncIterable<LogLine>> {
    const pod = await this.#authorized(call, "logs");
    return this.#options.runtime.logs(pod.id, options);
  }

  uploadGrant(grant: Grant): Promise<void> {
    const { state, ...options } = this.#options;
    return keepUploadedGrant(grant, { ...options, memory: state.memory });
  }

  /** Check 1 for a pod that is known. */
  async #authorized(
    { pod: named, authorization, body = new Uint8Array() }: SignedCall & { readonly body?: Uint8Array },
    action: KnownPodAction,
  ): Promise<PodRecord> {
    const { desk, state } = this.#options;
    const pod = await state.pods.get(podUid(named));
    if (pod === undefined) throw unknownPod(named);
    await desk.checkRequest({ authorization, body }, action, pod);
    return (await state.pods.get(pod.id)) ?? pod;
  }

  #status(pod: PodRecord): Promise<PodStatus> {
    return podStatus(pod, this.#options);
  }
}
