import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ChannelTerms,
  encodeLicense,
  type Grant,
  licenseAnnotation,
  ProviderClient,
  verifyKeySignature,
} from "@apoc/core";
import type { LocalAccount } from "viem";
import type { ProviderChainView, ProviderIdentity } from "../admission/index.ts";
import { unixSeconds } from "../clock.ts";
import { composeProvider } from "../daemon/compose-provider.ts";
import { beginWork } from "../daemon/provider-work.ts";
import { ContentStore, ImagePuller } from "../images/index.ts";
import { createGuardedFetch } from "../network/index.ts";
import { openRemoteState } from "./remote-state.ts";
import { createProviderKeys } from "../tee/index.ts";
import { keptLog, ManualClock } from "./manual-clock.ts";
import { MemoryChain, openChannel } from "./memory-chain.ts";
import { MemoryRuntime } from "./memory-runtime.ts";
import { type SampleImage, sampleImage } from "./sample-image.ts";
import { grantOf, license } from "./sample-license.ts";
import { chainId, contract, paidPod, type PaidPod, prices, provider, token } from "./sample-pod.ts";
import { podRequest, requestSigner } from "./sample-request.ts";

/** Work is begun by requests and by tests: a day in milliseconds, so never by time. */
const day = 86_400_000;
const intervals = { rounds: day, settlements: day, claims: day };

/**
 * A provider as `apoc provider serve` composes it, on a chain, a runtime and a registry in memory: what the HTTP API is
 * tested against. `dispose` is for `onTestFinished`.
 */
export async function providerScene() {
  const folder = await mkdtemp(join(tmpdir(), "apoc-provider-"));
  const clock = new ManualClock();
  const { log, lines } = keptLog();
  const state = await openRemoteState(folder);
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
  const view: ProviderChainView = {
    sources: chain.sources,
    statements: async () => [],
    channel: (id) => chain.channel(id),
    changedChannels: () => chain.changedChannels(),
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
  const identity: ProviderIdentity = {
    address: provider.address,
    chainId,
    contract,
    tokens: [token],
    architecture: "amd64",
    prices,
    policy,
  };
  const composed = composeProvider({
    identity,
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
  const pay = (channel: ChannelTerms, deposit = 1_000_000n): PaidPod => {
    const paid = paidPod(channel);
    chain.channels.set(paid.channel, openChannel(deposit, unixSeconds(clock)));
    return paid;
  };
  const grantFor = (
    image: SampleImage,
    changes: { notAfter?: Date; signer?: LocalAccount } = {},
  ): Promise<Grant> => {
    const notAfter = changes.notAfter ?? new Date(clock.wall() + day);
    return grantOf(image, keys.wrapping.spki, notAfter, changes.signer);
  };
  return {
    clock,
    lines,
    identity,
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
    authorize: requestSigner(clock, chain),
    request: podRequest,
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
