import {
  type Descriptor,
  type Digest,
  type ImageConfig,
  type Manifest,
  mediaTypes,
  sha256Digest,
} from "@apoc/oci";
import { ApocError } from "@apoc/errors";
import { providerKeyId } from "@apoc/attestation";
import { encryptLayer, generateImageKey, type PublicJwk } from "ocicrypt-js";
import { type Hex, keccak256, stringToBytes, zeroAddress } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { encodePodRequest } from "../../api/pod-request.ts";
import { type RequestAuthorization, type RequestInput, signRequest } from "../../api/request.ts";
import type { ChannelHeader, ChannelState, Payee } from "../../channel/accrual.ts";
import { channelId } from "../../channel/payees-root.ts";
import { completeHeader, payeeOfOffer } from "../../channel/terms.ts";
import { accountName } from "../../chain-id.ts";
import { admissionErrors } from "../../errors.ts";
import type { Grant, ImageKey } from "../../grant/grant.ts";
import { type GrantDecision, sealGrant } from "../../grant/seal-grant.ts";
import { licenseHash } from "../../license/license-hash.ts";
import { type License, licenseAnnotation } from "../../license/license.ts";
import { encodeLicense } from "../../license/license-schema.ts";
import type { PodManifest } from "../../manifest/pod-manifest.ts";
import { executionRate } from "../../price/resource-price.ts";
import { verifyKeySignature } from "../../signature.ts";
import type {
  Admission,
  AdmissionPorts,
  BlockReference,
  BlockStatement,
  ChainSource,
  ProtectedDigest,
  ProviderTerms,
  PulledImage,
} from "../admission.ts";

const account = (digit: number): PrivateKeyAccount => privateKeyToAccount(`0x${String(digit).repeat(64)}`);

/** Everybody in the scene; `stranger` has no part in it. */
export const people = {
  developer: account(1),
  publisher: account(2),
  provider: account(3),
  monitor: account(4),
  stranger: account(5),
} as const;

export const chainId = 31337;
export const contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
export const token = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";
/** Unix seconds of the scene; the head of the chain is two seconds old, a block a second. */
export const now = 1_900_000_000;
export const head = 1000n;
const headTimestamp = now - 2;

/** A block of the scene's chain; `fork` names another chain. */
export function block(number: bigint, fork = ""): BlockReference {
  return {
    number,
    hash: keccak256(stringToBytes(`block ${number}${fork}`)),
    timestamp: headTimestamp - Number(head - number),
  };
}

/** A source that answers; `lead` blocks behind or ahead of the scene's head. */
export function source(
  name: string,
  options: { lead?: bigint; fork?: string; ageSeconds?: number } = {},
): ChainSource {
  const { lead = 0n, fork, ageSeconds } = options;
  const own = head + lead;
  return {
    name,
    head: async () => ({
      ...block(own, fork),
      ...(ageSeconds === undefined ? {} : { timestamp: now - ageSeconds }),
    }),
    block: async (number) => (number > own ? undefined : block(number, fork)),
  };
}

/** A source that does not answer. */
export const silentSource: ChainSource = {
  name: "silent",
  head: () => Promise.reject(new Error("connection refused")),
  block: () => Promise.reject(new Error("connection refused")),
};

/** What a test may change; everything else is valid. Functions get the valid value. */
export interface Changes {
  license?(license: License): License;
  /** Text of the license annotation; undefined leaves it out. */
  annotation?(text: string): string | undefined;
  layers?(layers: Descriptor[], plain: Descriptor[]): Descriptor[];
  config?(config: ImageConfig): ImageConfig;
  /** Manifest and config of the publisher's own image. */
  ownImage?(image: PulledImage, licensed: PulledImage): PulledImage;
  decision?: Partial<GrantDecision>;
  grantSigner?: PrivateKeyAccount;
  grants?(grants: Grant[]): Grant[];
  header?: Partial<ChannelHeader>;
  payees?(payees: Payee[]): Payee[];
  manifest?(manifest: PodManifest): PodManifest;
  state?: Partial<ChannelState>;
  floor?: number;
  provider?: Partial<ProviderTerms>;
  policy?: Partial<ProviderTerms["policy"]>;
  sources?: readonly ChainSource[];
  statements?: readonly BlockStatement[];
  protectedDigests?: readonly ProtectedDigest[];
  request?: Partial<RequestInput>;
  requestSigner?: PrivateKeyAccount;
  /** Of the signed authorization, after signing. */
  authorization?(authorization: RequestAuthorization): RequestAuthorization;
  /** The body that arrives. */
  body?(body: Uint8Array): Uint8Array;
  usedNonces?: "all";
  ports?: Partial<AdmissionPorts>;
}

/**
 * A whole valid admission with real keys, a really encrypted image and real signatures, of which one thing is changed:
 * a pod with one licensed image and one own image, paid for by an accepted channel.
 */
export async function scene(changes: Changes = {}): Promise<Admission> {
  const licensed = await licensedImage(changes);
  const own = ownImage(changes, licensed.image);
  const wrapping = (await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, [
    "deriveBits",
  ])) as CryptoKeyPair;
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", wrapping.publicKey));
  const provider = providerTerms(changes, wrapping.privateKey, providerKeyId(spki));
  const manifest = podManifest(changes, licensed.image.reference, own.reference);
  const channel = channelTerms(changes, licensed, executionRate(manifest, provider.prices));
  const id = channelId(chainId, contract, channel.header);
  const decision: GrantDecision = {
    image: licensed.image.digest,
    config: licensed.image.manifest.config.digest,
    imageKey: licensed.key,
    licenseHash: licenseHash(licensed.license),
    wrappingKey: spki,
    notAfter: new Date((now + 86_400) * 1000),
    chainId,
    ...changes.decision,
  };
  const grants = [await sealGrant(decision, changes.grantSigner ?? people.developer)];
  const body = encodePodRequest({ version: 1, channel, manifest, grants: [] });
  const input: RequestInput = {
    action: "deploy",
    pod: id,
    provider: people.provider.address,
    body,
    block: block(head - 2n),
    chainId,
    contract,
    now,
    ...changes.request,
  };
  const authorization = await signRequest(input, changes.requestSigner ?? people.publisher);
  return {
    provider,
    ports: ports(changes, [licensed.image, own], grants),
    now,
    request: {
      authorization: changes.authorization?.(authorization) ?? authorization,
      body: changes.body?.(body) ?? body,
      action: "deploy",
    },
    channel,
    channelId: id,
    manifest,
    grants: [],
    images: new Map(),
  };
}

interface Licensed {
  readonly image: PulledImage;
  readonly key: ImageKey;
  readonly license: License;
}

async function licensedImage(changes: Changes): Promise<Licensed> {
  const { publicJwk, privateJwk } = await generateImageKey();
  const plain: Descriptor[] = [];
  const layers: Descriptor[] = [];
  const diffIds: Digest[] = [];
  for (const text of ["base files", "the secret program"]) {
    const bytes = stringToBytes(text);
    diffIds.push(sha256Digest(bytes));
    plain.push({ mediaType: mediaTypes.layerTar, digest: sha256Digest(bytes), size: bytes.length });
    layers.push(await encryptedLayer(bytes, publicJwk));
  }
  const license = changes.license?.(validLicense()) ?? validLicense();
  const text = encodeLicense(license);
  const annotation = changes.annotation === undefined ? text : changes.annotation(text);
  const config: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: ["/bin/ledger"], Cmd: ["--serve"], WorkingDir: "/srv" },
    rootfs: { type: "layers", diff_ids: diffIds },
  };
  const image = pulledImage("ada/ledger", changes.config?.(config) ?? config, {
    layers: changes.layers?.(layers, plain) ?? layers,
    ...(annotation === undefined ? {} : { annotations: { [licenseAnnotation]: annotation } }),
  });
  return { image, key: privateJwk as ImageKey, license };
}

async function encryptedLayer(bytes: Uint8Array, recipient: PublicJwk): Promise<Descriptor> {
  const encryption = encryptLayer({ mediaType: mediaTypes.layerTar }, chunks(bytes), {
    recipients: [recipient],
  });
  for await (const _ of encryption.content);
  return encryption.result();
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** License of the scene: arguments, one variable and one mount path are open. */
export function validLicense(): License {
  const offer = { chain: `eip155:${chainId}`, contract, token, meteredCap: 0n } as const;
  return {
    version: 1,
    developer: accountName(chainId, people.developer.address),
    offers: [
      { ...offer, oneTime: 25_000_000n, perSecond: 0n, executionShare: 100_000 },
      { ...offer, oneTime: 0n, perSecond: 21_474_836_480n, executionShare: 0 },
    ],
    policy: { args: true, env: ["LD_PRELOAD", "LEDGER_NAME"], mounts: ["/data", "/usr/share"] },
  };
}

function ownImage(changes: Changes, licensed: PulledImage): PulledImage {
  const bytes = stringToBytes("the publisher's files");
  const layer = { mediaType: mediaTypes.layerTar, digest: sha256Digest(bytes), size: bytes.length };
  const config: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: ["/bin/httpd"] },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
  };
  const image = pulledImage("pia/web", config, { layers: [layer] });
  return changes.ownImage?.(image, licensed) ?? image;
}

/** An image as a provider pulls it: digests computed from the documents. */
export function pulledImage(
  repository: string,
  config: ImageConfig,
  rest: Pick<Manifest, "layers" | "annotations">,
): PulledImage {
  const encode = (value: unknown) => stringToBytes(JSON.stringify(value));
  const bytes = encode(config);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: sha256Digest(bytes), size: bytes.length },
    ...rest,
  };
  const digest = sha256Digest(encode(manifest));
  return { reference: `registry.example/${repository}@${digest}`, digest, manifest, config };
}

function podManifest(changes: Changes, ledger: string, web: string): PodManifest {
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
    ],
    volumes: [{ name: "data", kind: "empty" }],
  };
  return changes.manifest?.(manifest) ?? manifest;
}

function providerTerms(changes: Changes, wrappingKey: CryptoKey, keyId: string): ProviderTerms {
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

function channelTerms(changes: Changes, { image, license }: Licensed, rate: bigint) {
  const paid = payeeOfOffer(image.digest, license, license.offers[0]!);
  const payees = changes.payees?.([paid]) ?? [paid];
  const header = completeHeader(
    {
      publisher: people.publisher.address,
      provider: people.provider.address,
      token,
      podId: keccak256(stringToBytes("pod")),
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

function ports(changes: Changes, images: readonly PulledImage[], grants: Grant[]): AdmissionPorts {
  const state: ChannelState = {
    deposited: 60_000_000n,
    exec: 0n,
    providerPaid: 0n,
    metered: 0n,
    acceptedAt: now - 30,
    unlockAt: 0,
    lastAccrual: now - 30,
    fundedSeconds: 0,
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
    },
    async pull(reference) {
      const image = images.find((candidate) => candidate.reference === reference);
      if (image !== undefined) return image;
      throw new ApocError(admissionErrors.IMAGE_UNAVAILABLE, { field: reference });
    },
    findGrants: async (image) =>
      found.filter((grant) => grant.image === image.digest || changes.grants !== undefined),
    useNonce: async () => changes.usedNonces === "all",
    protectedDigests: async (digests) =>
      (changes.protectedDigests ?? []).filter(({ digest }) => digests.includes(digest)),
    ...changes.ports,
  };
}

/** A digest that names nothing of the scene. */
export const otherDigest: Digest = `sha256:${"0f".repeat(32)}`;
export const otherHash: Hex = `0x${"0f".repeat(32)}`;
