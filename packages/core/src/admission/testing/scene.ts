import { ApocError } from "@apoc/errors";
import { parseTrustPolicy, providerKeyId } from "@apoc/attestation";
import { type Hex, keccak256, stringToBytes, zeroAddress } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import { encodePodRequest } from "../../api/pod-request.ts";
import type { PodAction, RequestAuthorization } from "../../api/request.ts";
import {
  type RequestInput,
  type RequestSigner,
  signRequest,
  walletRequests,
} from "../../api/sign-request.ts";
import type { BlockStatement, ChainSource } from "../../chain-view/chain-view.ts";
import type { ChannelHeader, ChannelState, Payee } from "../../channel/accrual.ts";
import { channelId } from "../../channel/payees-root.ts";
import { completeHeader, payeeOfOffer } from "../../channel/terms.ts";
import { admissionErrors } from "../../errors.ts";
import type { Grant } from "../../grant/grant.ts";
import { type GrantDecision, sealGrant } from "../../grant/seal-grant.ts";
import { licenseHash } from "../../license/license-hash.ts";
import type { PodManifest } from "../../manifest/pod-manifest.ts";
import type { PodKey } from "../../pod/pod-key.ts";
import { executionRate } from "../../price/resource-price.ts";
import { verifyKeySignature } from "../../signature.ts";
import type { Admission, AdmissionPorts, ProviderRules } from "../admission.ts";
import type { PulledImage } from "../images.ts";
import { block, chainId, contract, head, now, source, token } from "./chain.ts";
import { type Blobs, type ImageChanges, type Licensed, licensedImage, ownImage } from "./images.ts";
import { contentDigests } from "./content-digests.ts";
import { people } from "./people.ts";

export { block, chainId, contract, head, now, otherHash, silentSource, source, token } from "./chain.ts";
export { baseFiles, otherDigest, pulledImage, serve, validLicense } from "./images.ts";
export { people } from "./people.ts";

/** What a test may change; everything else is valid. Functions get the valid value. */
export interface Changes extends ImageChanges {
  decision?: Partial<GrantDecision>;
  grantSigner?: PrivateKeyAccount;
  grants?(grants: Grant[]): Grant[];
  header?: Partial<ChannelHeader>;
  payees?(payees: Payee[]): Payee[];
  manifest?(manifest: PodManifest): PodManifest;
  state?: Partial<ChannelState>;
  floor?: number;
  offersEnd?: number;
  provider?: Partial<ProviderRules>;
  policy?: Partial<ProviderRules["policy"]>;
  sources?: readonly ChainSource[];
  statements?: readonly BlockStatement[];
  /** With a licensed image of a second developer, on the same base layer. */
  partner?: boolean;
  /** What registries serve. */
  blobs?(blobs: Blobs): void;
  request?: Partial<RequestInput>;
  requestSigner?: PrivateKeyAccount;
  /** Signs with a key of the pod instead. */
  sessionKey?: RequestSigner;
  podId?: Hex;
  /** What the request must be signed for. */
  asked?: PodAction;
  /** What the wallet said about keys of the pod. */
  podKeys?: readonly PodKey[];
  /** Of the signed authorization, after signing. */
  authorization?(authorization: RequestAuthorization): RequestAuthorization;
  /** The body that arrives. */
  body?(body: Uint8Array): Uint8Array;
  usedNonces?: "all";
  ports?: Partial<AdmissionPorts>;
}

/** What grants are given under; it accepts nothing, which nobody here asks. */
const policy = parseTrustPolicy("apiVersion: apoc.network/trust-policy/v1\nname: scene\n");

/**
 * A whole valid admission with real keys, a really encrypted image and real signatures, of which one thing is changed:
 * a pod with one licensed image and one own image, paid for by an accepted channel.
 */
export async function scene(changes: Changes = {}): Promise<Admission> {
  const blobs: Blobs = new Map();
  const licensed = await licensedImage(blobs, ada, changes);
  const partners = changes.partner === true ? [await licensedImage(blobs, bob, {})] : [];
  const own = ownImage(blobs, changes, licensed.image);
  changes.blobs?.(blobs);
  const wrapping = (await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, [
    "deriveBits",
  ])) as CryptoKeyPair;
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", wrapping.publicKey));
  const provider = providerTerms(changes, wrapping.privateKey, providerKeyId(spki));
  const manifest = podManifest(
    changes,
    licensed.image.reference,
    own.reference,
    partners.map(({ image }) => image.reference),
  );
  const channel = channelTerms(changes, [licensed, ...partners], executionRate(manifest, provider.prices));
  const id = channelId(chainId, contract, channel.header);
  const decide = ({ image, key, license }: Licensed): GrantDecision => ({
    image: image.digest,
    config: image.manifest.config.digest,
    imageKey: key,
    licenseHash: licenseHash(license),
    wrappingKey: spki,
    notAfter: new Date((now + 86_400) * 1000),
    policy,
    chainId,
  });
  const grants = [
    await sealGrant({ ...decide(licensed), ...changes.decision }, changes.grantSigner ?? people.developer),
    ...(await Promise.all(partners.map((partner) => sealGrant(decide(partner), people.partner)))),
  ];
  const body = encodePodRequest({ version: 2, channel, manifest, grants: [] });
  const input: RequestInput = {
    action: "deploy",
    pod: channel.header,
    provider: people.provider.address,
    body,
    block: block(head - 2n),
    chainId,
    contract,
    now,
    ...changes.request,
  };
  const authorization = await signRequest(
    input,
    changes.sessionKey ?? walletRequests(changes.requestSigner ?? people.publisher),
  );
  return {
    provider,
    ports: ports(changes, blobs, [licensed.image, own, ...partners.map(({ image }) => image)], grants),
    now,
    request: {
      authorization: changes.authorization?.(authorization) ?? authorization,
      body: changes.body?.(body) ?? body,
      action: changes.asked ?? "deploy",
    },
    channel,
    channelId: id,
    manifest,
    grants: [],
  };
}

const ada = { address: people.developer.address, repository: "ada/ledger", program: "the secret program" };
const bob = { address: people.partner.address, repository: "bob/charts", program: "the partner's program" };

function podManifest(changes: Changes, ledger: string, web: string, partners: string[]): PodManifest {
  const container = { ports: [], volumeMounts: [], resources: { cpuMillis: 100, memoryBytes: 2 ** 25 } };
  const manifest: PodManifest = {
    version: 1,
    name: "books",
    containers: [
      {
        ...container,
        name: "ledger",
        image: ledger,
        args: ["--port", "9000"],
        env: [{ name: "LEDGER_NAME", value: "pia" }],
        volumeMounts: [{ name: "data", mountPath: "/data", readOnly: false }],
      },
      { ...container, name: "web", image: web, command: ["/bin/sh"], env: [{ name: "PATH", value: "/bin" }] },
      ...partners.map((image, index) => ({ ...container, name: `charts${index}`, image, env: [] })),
    ],
    volumes: [{ name: "data", kind: "empty" }],
  };
  return changes.manifest?.(manifest) ?? manifest;
}

function providerTerms(changes: Changes, wrappingKey: CryptoKey, keyId: string): ProviderRules {
  return {
    address: people.provider.address,
    chainId,
    contract,
    tokens: [token],
    architecture: "amd64",
    prices: { cpuCore: 42_949_672_960n, memoryGiB: 4_294_967_296n, storageGiB: 0n },
    policy: {
      confirmations: 3,
      maxHeadAgeSeconds: 60,
      minRunwaySeconds: 600,
      minGraceSeconds: 600,
      monitors: [],
      ...changes.policy,
    },
    providerKeyId: keyId,
    wrappingKey,
    ...changes.provider,
  };
}

function channelTerms(changes: Changes, licensed: readonly Licensed[], rate: bigint) {
  const paid = licensed.map(({ image, license }) => payeeOfOffer(image.digest, license, license.offers[0]!));
  const payees = changes.payees?.(paid) ?? paid;
  const header = completeHeader(
    {
      publisher: people.publisher.address,
      provider: people.provider.address,
      token,
      podId: changes.podId ?? keccak256(stringToBytes("pod")),
      meter: zeroAddress,
      grace: 600,
      acceptBy: now + 600,
      maxExecRate: rate,
      execBurst: 0n,
      ...changes.header,
    },
    payees,
  );
  // Sums and root last, where a test changes them.
  return { header: { ...header, ...changes.header }, payees };
}

function ports(
  changes: Changes,
  blobs: Blobs,
  images: readonly PulledImage[],
  grants: Grant[],
): AdmissionPorts {
  const state: ChannelState = {
    deposited: 60_000_000n,
    exec: 0n,
    providerPaid: 0n,
    metered: 0n,
    acceptedAt: now - 30,
    unlockAt: 0,
    unfundedSeconds: 0,
    closed: false,
    ...changes.state,
  };
  const found = changes.grants?.(grants) ?? grants;
  return {
    verifySignature: verifyKeySignature,
    chain: {
      sources: changes.sources ?? [source("one"), source("two", { lead: -1n })],
      statements: async () => changes.statements ?? [],
      channel: async () => state,
      grantFloor: async () => changes.floor ?? 0,
      offersEnd: async () => changes.offersEnd ?? 2 ** 64,
    },
    async pull(reference) {
      const image = images.find((candidate) => candidate.reference === reference);
      if (image !== undefined) return image;
      throw new ApocError(admissionErrors.IMAGE_UNAVAILABLE, { field: reference });
    },
    findGrants: async (image) =>
      found.filter((grant) => grant.image === image.digest || changes.grants !== undefined),
    podKey: async (_, key) => changes.podKeys?.find((known) => known.key === key),
    useNonce: async () => changes.usedNonces === "all",
    contentDigests: (image) => contentDigests(image, blobs),
    ...changes.ports,
  };
}
