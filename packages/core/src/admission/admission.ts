import type { Digest } from "@apoc/oci";
import type { Address, Hex } from "viem";
import type { RequestAuthorization, PodAction } from "../api/request.ts";
import type { OperatingPolicy } from "../api/documents.ts";
import type { ChainView } from "../chain-view/chain-view.ts";
import type { ChannelTerms } from "../channel/wire.ts";
import type { Grant } from "../grant/grant.ts";
import type { PodManifest } from "../manifest/pod-manifest.ts";
import type { PodIdentity } from "../pod/pod-identity.ts";
import type { PodKey } from "../pod/pod-key.ts";
import type { ResourcePrices } from "../price/resource-price.ts";
import type { SignatureVerifier } from "../signature.ts";
import type { AdmissionImage, PulledImage } from "./images.ts";

/** What admission needs from outside. */
export interface AdmissionPorts {
  verifySignature: SignatureVerifier;
  readonly chain: ChainView;
  /** Fetches manifest and config, verified. */
  pull(reference: string): Promise<PulledImage>;
  /** Grants for this provider's key beside the image or uploaded earlier. */
  findGrants(image: PulledImage): Promise<readonly Grant[]>;
  /** What the publisher's wallet said last about a key of the pod, if anything. */
  podKey(pod: PodIdentity, key: Hex): Promise<PodKey | undefined>;
  /** Has this request nonce been used? Remembers it until `deadline`. */
  useNonce(nonce: Hex, deadline: number): Promise<boolean>;
  /**
   * Fetches every blob of an image, verified, and returns the digest of what each layer's blob yields, decrypted and
   * uncompressed, in their order.
   */
  contentDigests(image: AdmissionImage): Promise<readonly Digest[]>;
}

/** Who decides, and by which rules. */
export interface ProviderRules {
  readonly address: Address;
  readonly chainId: number;
  readonly contract: Address;
  readonly tokens: readonly Address[];
  readonly architecture: string;
  readonly prices: ResourcePrices;
  readonly policy: OperatingPolicy;
  /** Lower-case hex sha256 of the wrapping key. */
  readonly providerKeyId: string;
  /** Private half of the wrapping key. */
  readonly wrappingKey: CryptoKey;
}

/** What is to be admitted. `request` is absent when the provider itself restarts or scales an admitted pod. */
export interface Admission {
  readonly provider: ProviderRules;
  readonly ports: AdmissionPorts;
  /** Unix seconds. */
  readonly now: number;
  readonly request?: {
    readonly authorization: RequestAuthorization;
    readonly body: Uint8Array;
    readonly action: PodAction;
  };
  readonly channel: ChannelTerms;
  readonly channelId: Hex;
  readonly manifest: PodManifest;
  readonly grants: readonly Grant[];
}
