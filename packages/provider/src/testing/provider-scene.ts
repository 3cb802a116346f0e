import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseTrustPolicy } from "@apoc/attestation";
import {
  accountName,
  type ChainView,
  type ChannelTerms,
  encodeLicense,
  encodePodRequest,
  type Grant,
  type License,
  licenseAnnotation,
  licenseHash,
  type PodAction,
  type PodManifest,
  type PodRequest,
  ProviderClient,
  type RequestAuthorization,
  type RequestInput,
  sealGrant,
  signRequest,
  verifyKeySignature,
} from "@apoc/core";
import type { Hex, LocalAccount } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { unixSeconds } from "../clock.ts";
import { composeProvider } from "../daemon/compose-provider.ts";
import { beginWork } from "../daemon/provider-work.ts";
import { ContentStore, ImagePuller } from "../images/index.ts";
import { createGuardedFetch } from "../network/index.ts";
import { openSqliteState } from "../state/sqlite/index.ts";
import { createProviderKeys } from "../tee/index.ts";
import { keptLog, ManualClock } from "./manual-clock.ts";
import { MemoryChain, openChannel } from "./memory-chain.ts";
import { MemoryRuntime } from "./memory-runtime.ts";
import { chainId, contract, idOf, prices, provider, publisher, token } from "./sample-pod.ts";
import { type SampleImage, sampleImage } from "./sample-image.ts";

export const developer = privateKeyToAccount(`0x${"11".repeat(32)}`);

/** What grants are given under; it accepts nothing, which nobody here asks. */
const trustPolicy = parseTrustPolicy("apiVersion: apoc.network/trust-policy/v1\nname: scene\n");

/** Free for all, arguments open. */
export const license: License = {
  version: 1,
  developer: accountName(chainId, developer.address),
  offers: [
    {
      chain: `eip155:${chainId}`,
      contract,
      token,
      oneTime: 100n,
      perSecond: 0n,
      executionShare: 0,
      meteredCap: 0n,
    },
  ],
  policy: { args: false, env: [], mounts: [] },
};

/** Work is begun by requests and by tests: a day in milliseconds, so never by time. */
const day = 86_400_000;
const intervals = { rounds: day, settlements: day, claims: day };

/**
 * A provider whose parts are the real ones, but for chain, engine and registry, which are in memory: what the HTTP API
 * is tested against. `dispose` is for `onTestFinished`.
 */
export async function providerScene() {
  const folder = await mkdtemp(join(tmpdir(), "apoc-provider-"));
  const clock = new ManualClock();
  const { log, lines } = keptLog();
  const state = await openSqliteState(folder);
  const chain = new MemoryChain(clock);
  const runtime = new MemoryRuntime(clock);
  const keys = await createProviderKeys(
    {
      development: true,
      report: () => Promise.reject(new Error("not asked for")),
      deriveKey: async () => new Uint8Array(32).fill(1),
    },
    { configurationDigest: new Uint8Array(32), chainId, provider: provider.address },
  );
  const images = {
    licensed: await sampleImage({
      encrypted: true,
      annotations: { [licenseAnnotation]: encodeLicense(license) },
    }),
    own: await sampleImage({ layers: ["the publisher's"], entrypoint: ["/bin/web"] }),
  };
  const repositoryOf = (reference: string) =>
    Object.values(images).find((image) => image.reference === reference)?.repository ?? images.own.repository;
  const store = await ContentStore.open(join(folder, "content"), 1_000_000_000);
  const puller = new ImagePuller({
    store,
    maxImageBytes: 1_000_000,
    fetch: createGuardedFetch(),
    openRepository: repositoryOf,
  });
  const view: ChainView = {
    sources: chain.sources,
    statements: async () => [],
    channel: (id) => chain.channel(id),
    grantFloor: async () => 0,
    offersEnd: async () => 2 ** 64,
  };
  const policy = {
    confirmations: 2,
    maxHeadAgeSeconds: 60,
    minRunwaySeconds: 60,
    minGraceSeconds: 600,
    monitors: [],
  };
  const lost = new AbortController();
  const transactions = new AbortController();
  const composed = composeProvider({
    identity: {
      address: provider.address,
      chainId,
      contract,
      tokens: [token],
      architecture: "amd64",
      prices,
      policy,
    },
    account: provider,
    keys,
    attest: () => Promise.reject(new Error("the secret is hunter2")),
    developmentTee: true,
    state,
    runtime,
    chain: view,
    verifySignature: verifyKeySignature,
    providerChain: chain.asProvider,
    store,
    puller,
    podUrls: { base: "http://pods.localhost", of: (label) => `http://${label}.pods.localhost` },
    minimumClaim: 0n,
    suspendAfterSeconds: 300,
    clock,
    log,
  });
  const { reconciler, settler, service, app } = composed;
  const work = beginWork(composed, { intervals, transactions, lost: lost.signal, log });
  const client = new ProviderClient("https://provider.example", {
    fetch: (input, init) => Promise.resolve(app.request(input as string, init)),
  });

  /** Puts an accepted channel on the chain. */
  const pay = (channel: ChannelTerms, deposit = 1_000_000n): Hex => {
    const id = idOf(channel);
    chain.channels.set(id, openChannel(deposit, unixSeconds(clock)));
    return id;
  };
  /** A request signed by the publisher, or as a test changes it. */
  const authorize = async (
    action: PodAction,
    id: Hex,
    body: Uint8Array = new Uint8Array(),
    changes: Partial<RequestInput> & { signer?: LocalAccount } = {},
  ): Promise<RequestAuthorization> => {
    const { signer = publisher, ...input } = changes;
    const now = unixSeconds(clock);
    const head = await chain.sources[0]!.head();
    return signRequest(
      {
        action,
        pod: id,
        provider: provider.address,
        body,
        block: chain.block(head.number - 1n),
        chainId,
        contract,
        now,
        ...input,
      },
      { address: signer.address, signTypedData: (definition) => signer.signTypedData(definition as never) },
    );
  };
  const request = (
    channel: ChannelTerms,
    manifest: PodManifest,
    rest: Partial<PodRequest> = {},
  ): Uint8Array => encodePodRequest({ version: 1, channel, manifest, grants: [], ...rest });
  const grantFor = (
    image: SampleImage,
    changes: { notAfter?: Date; signer?: LocalAccount } = {},
  ): Promise<Grant> => {
    const { signer = developer, notAfter = new Date(clock.wall() + 86_400_000) } = changes;
    return sealGrant(
      {
        image: image.digest,
        config: image.manifest.config.digest,
        imageKey: image.key!,
        licenseHash: licenseHash(license),
        wrappingKey: keys.wrapping.spki,
        notAfter,
        policy: trustPolicy,
        chainId,
      },
      { address: signer.address, signTypedData: (definition) => signer.signTypedData(definition as never) },
    );
  };
  return {
    clock,
    lines,
    state,
    chain,
    runtime,
    wrappingKey: keys.wrapping,
    images,
    store,
    reconciler,
    settler,
    service,
    app,
    client,
    pay,
    authorize,
    request,
    grantFor,
    work,
    /** Loses the lease on the state. */
    loseLease: () => lost.abort(),
    async dispose() {
      lost.abort();
      await work.end();
      await state.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
