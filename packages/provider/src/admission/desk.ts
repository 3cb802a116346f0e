import {
  type Admission,
  type AdmissionPorts,
  type Admitted,
  admit,
  assertTerms,
  assess,
  type ChainView,
  type ChannelTerms,
  checkRequest,
  type CheckVerdict,
  type Grant,
  type OperatingPolicy,
  type PodAction,
  type PodIdentity,
  type PodManifest,
  type PodRequest,
  podUid,
  type PulledImage,
  type RequestAuthorization,
  type ResourcePrices,
  type SignatureVerifier,
} from "@apoc/core";
import type { Address } from "viem";
import { type Clock, unixSeconds } from "../clock.ts";
import type { ContentDigests, ImagePuller } from "../images/index.ts";
import type { State } from "../state/index.ts";
import type { WrappingKey } from "../tee/index.ts";

/** Who this provider is, as far as admission is concerned. */
export interface ProviderIdentity {
  readonly address: Address;
  readonly chainId: number;
  readonly contract: Address;
  readonly tokens: readonly Address[];
  readonly architecture: string;
  readonly prices: ResourcePrices;
  readonly policy: OperatingPolicy;
}

export interface DeskOptions {
  readonly provider: ProviderIdentity;
  readonly wrappingKey: WrappingKey;
  readonly chain: ChainView;
  readonly verifySignature: SignatureVerifier;
  readonly puller: ImagePuller;
  readonly contentDigests: ContentDigests;
  findGrants(image: PulledImage, signal?: AbortSignal): Promise<readonly Grant[]>;
  readonly memory: State["memory"];
  readonly clock: Clock;
}

/** How long all fetching for one request may take that nobody has paid for. */
const unpaidMilliseconds = 30_000;

/** A request as it came: what was signed, and by which bytes. */
export interface SignedRequest {
  readonly authorization: RequestAuthorization;
  readonly body: Uint8Array;
}

/** Where everything that wants to run is admitted: the checks of DESIGN's admission with this provider's ports. */
export class AdmissionDesk {
  readonly #options: DeskOptions;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  get provider(): ProviderIdentity {
    return this.#options.provider;
  }

  /** Check 1 alone: reads, removals and repeated requests. @throws REQUEST_… */
  async checkRequest(request: SignedRequest, action: PodAction, pod: PodIdentity): Promise<void> {
    await checkRequest({
      request: { ...request, action },
      provider: this.#options.provider,
      ports: this.#ports(),
      now: unixSeconds(this.#options.clock),
      pod,
    });
  }

  /** All checks for a request to deploy or update. @throws of the first check that fails */
  admitRequest(pod: PodRequest, request: SignedRequest, action: PodAction): Promise<Admitted> {
    const { provider, puller } = this.#options;
    const signal = AbortSignal.timeout(unpaidMilliseconds);
    return admit({
      ...this.#admission(pod.channel, pod.manifest, pod.grants, provider.prices),
      request: { ...request, action },
      // Manifests and configs come before check `funds`, blobs after it: nobody makes this provider fetch them unpaid.
      ports: this.#ports((reference) => puller.pull(reference, signal)),
    });
  }

  /** All checks but the first, for a pod that was admitted before, at the prices of then. */
  readmit(pod: PodRequest, prices: ResourcePrices): Promise<Admitted> {
    return admit(this.#admission(pod.channel, pod.manifest, pod.grants, prices));
  }

  /** Verdicts of what can be said before payment. No blob is fetched. */
  assess(channel: ChannelTerms, manifest: PodManifest): Promise<CheckVerdict[]> {
    const { provider, puller } = this.#options;
    const signal = AbortSignal.timeout(unpaidMilliseconds);
    const ports = this.#ports((reference) => puller.pull(reference, signal), signal);
    return assess({ ...this.#admission(channel, manifest, [], provider.prices), ports });
  }

  #admission(
    channel: ChannelTerms,
    manifest: PodManifest,
    grants: readonly Grant[],
    prices: ResourcePrices,
  ): Admission {
    const { provider, wrappingKey, clock } = this.#options;
    return {
      provider: {
        ...provider,
        prices,
        providerKeyId: wrappingKey.keyId,
        wrappingKey: wrappingKey.privateKey,
      },
      ports: this.#ports(),
      now: unixSeconds(clock),
      channel,
      channelId: assertTerms(channel, provider.chainId, provider.contract),
      manifest,
      grants,
    };
  }

  /** `signal` ends the search for grants. */
  #ports(pull?: AdmissionPorts["pull"], signal?: AbortSignal): AdmissionPorts {
    const { chain, verifySignature, puller, contentDigests, memory, clock } = this.#options;
    return {
      chain,
      verifySignature,
      pull: pull ?? ((reference) => puller.pull(reference)),
      findGrants: (image) => this.#options.findGrants(image, signal),
      podKey: (pod, key) => memory.podKey(podUid(pod), key),
      useNonce: (nonce, deadline) => memory.useNonce(nonce, deadline, unixSeconds(clock)),
      contentDigests: (image) => contentDigests.of(image),
    };
  }
}
