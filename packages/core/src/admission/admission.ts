import type { Digest, ImageConfig, Manifest } from "@apoc/oci";
import type { Address, Hex } from "viem";
import type { RequestAuthorization, PodAction } from "../api/request.ts";
import type { OperatingPolicy } from "../api/documents.ts";
import type { BlockReference, ChainView } from "../chain-view/chain-view.ts";
import type { ChannelTerms } from "../channel/wire.ts";
import type { Grant, ImageKey } from "../grant/grant.ts";
import type { License } from "../license/license.ts";
import type { PodManifest } from "../manifest/pod-manifest.ts";
import type { ResourcePrices } from "../price/resource-price.ts";
import type { SignatureVerifier } from "../signature.ts";

/** The checks, in the order in which they run; the first failure wins (docs/spec/admission.md). */
export const checkNames = [
  "request",
  "freshness",
  "identity",
  "license",
  "grant",
  "terms",
  "funds",
  "protection",
  "reuse",
] as const;
export type CheckName = (typeof checkNames)[number];

/** An image as the provider fetched it: digests hold, bytes are the provider's own copy. */
export interface PulledImage {
  readonly reference: string;
  /** D */
  readonly digest: Digest;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
}

/** An image on its way through the checks; each fills in what it has proven. */
export interface AdmissionImage extends PulledImage {
  /** By check `license`. Absent for the publisher's own, unencrypted images. */
  license?: License;
  licenseHash?: Hex;
  /** By check `grant`. */
  imageKey?: ImageKey;
}

/** A digest that this provider once decrypted, and for whose license. */
export interface ProtectedDigest {
  readonly digest: Digest;
  readonly image: Digest;
  readonly developer: string;
}

/** What admission needs from outside. */
export interface AdmissionPorts {
  verifySignature: SignatureVerifier;
  readonly chain: ChainView;
  /** Fetches manifest, config and, for a deployment, every blob, all verified. */
  pull(reference: string): Promise<PulledImage>;
  /** Grants for this provider's key beside the image or uploaded earlier. */
  findGrants(image: PulledImage): Promise<readonly Grant[]>;
  /** Has this request nonce been used? Remembers it until `deadline`. */
  useNonce(nonce: Hex, deadline: number): Promise<boolean>;
  protectedDigests(digests: readonly Digest[]): Promise<readonly ProtectedDigest[]>;
}

/** Who decides, and by which rules. */
export interface ProviderTerms {
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

/** One admission. `request` is absent when the provider itself restarts or scales an admitted pod. */
export interface Admission {
  readonly provider: ProviderTerms;
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
  /** By check `identity`: one entry per distinct reference of the manifest. */
  images: Map<string, AdmissionImage>;
  /** By check `freshness`: the block at which state is read. */
  confirmed?: BlockReference;
}

/** A rule that throws an ApocError of the codes 6xxx when it is broken. */
export type Check = (admission: Admission) => Promise<void>;
